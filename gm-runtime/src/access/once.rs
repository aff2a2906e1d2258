//! Transactions of requests with an idempotency key, which are carried out once.

use std::future::Future;

use super::{Managed, OpenTransaction};
use crate::error::Error;
use crate::interface::{Replay, RequestIdentity, StoredAnswer};

/// Why the transaction of a request has no result.
pub(crate) enum NotCarriedOut<E> {
    /// The key stands for something already.
    Known(Replay),
    Failed(E),
}

impl<E: From<Error>> From<Error> for NotCarriedOut<E> {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl OpenTransaction {
    /// Carries out `verbs`, unless the key of the request stands for something already. The transaction stores the answer that `answer`
    /// makes of their result. Without a request, the verbs are carried out. `first` is the first manager.
    pub(crate) async fn once<T, E: From<Error>>(
        &self,
        first: &Managed,
        request: Option<&RequestIdentity>,
        verbs: impl Future<Output = Result<T, E>>,
        answer: impl FnOnce(&T) -> Option<StoredAnswer>,
    ) -> Result<T, NotCarriedOut<E>> {
        let Some(request) = request else {
            return verbs.await.map_err(NotCarriedOut::Failed);
        };
        let known = self.storage.claim_key(&*first.interface, request.clone());
        if let Some(replay) = known.await? {
            return Err(NotCarriedOut::Known(replay));
        }
        let result = verbs.await.map_err(NotCarriedOut::Failed)?;
        // A claim without an answer must not be committed.
        let answer = answer(&result)
            .ok_or_else(|| Error::storage(anyhow::anyhow!("the answer to the request can't be made")))?;
        self.storage.store_answer(request.clone(), answer).await?;
        Ok(result)
    }
}
