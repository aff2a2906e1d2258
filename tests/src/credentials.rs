//! A provider of credentials whose calls the test answers.

use gm_runtime::client::{Credential, CredentialProvider, CredentialRequest};
use gm_runtime::error::CredentialError;
use tokio::sync::{Mutex, mpsc, oneshot};

/// A provider whose calls wait for the test.
#[derive(Debug)]
pub struct HeldProvider {
    calls: mpsc::UnboundedSender<Call>,
}

/// The calls of a [`HeldProvider`].
#[derive(Debug)]
pub struct Calls(Mutex<mpsc::UnboundedReceiver<Call>>);

/// A call that waits for its answer. Dropping it is a failure of the provider.
#[derive(Debug)]
pub struct Call {
    /// Whether an owner rejected the last credential.
    pub rejected: bool,
    answer: oneshot::Sender<Result<Credential, CredentialError>>,
}

/// A provider, and its calls.
#[must_use]
pub fn held() -> (HeldProvider, Calls) {
    let (calls, received) = mpsc::unbounded_channel();
    (HeldProvider { calls }, Calls(Mutex::new(received)))
}

impl CredentialProvider for HeldProvider {
    async fn credential(&self, request: &CredentialRequest) -> Result<Credential, CredentialError> {
        let (answer, answered) = oneshot::channel();
        let rejected = request.was_rejected();
        self.calls
            .send(Call { rejected, answer })
            .map_err(|_| CredentialError::other(std::io::Error::other("the test is over")))?;
        let answered = answered.await;
        answered.unwrap_or_else(|_| Err(CredentialError::other(std::io::Error::other("no credential"))))
    }
}

impl Calls {
    /// Waits for the next call.
    ///
    /// # Panics
    /// If the provider was dropped.
    #[allow(clippy::expect_used, reason = "a test fails by panicking")]
    pub async fn next(&self) -> Call {
        self.0
            .lock()
            .await
            .recv()
            .await
            .expect("the provider was dropped")
    }

    /// Answers the next call with this credential.
    pub async fn give(&self, credential: Credential) {
        self.next().await.give(credential);
    }

    /// The number of calls that no one has received yet.
    pub async fn waiting(&self) -> usize {
        self.0.lock().await.len()
    }
}

impl Call {
    /// Answers with this credential.
    pub fn give(self, credential: Credential) {
        // The handle may have been dropped.
        let _ = self.answer.send(Ok(credential));
    }

    /// Answers with a failure.
    pub fn fail(self) {
        drop(self);
    }
}
