//! Batches with an idempotency key: the answer is stored in the transaction of the batch.
//!
//! `docs/design/idempotency.md` gives the reasons.

use std::sync::Arc;

use actix_web::http::StatusCode;

use super::call::BatchCall;
use super::plan::Plan;
use super::run::{OperationResults, run};
use crate::access::{Managed, NotCarriedOut, OpenTransaction, Principal};
use crate::interface::{KeyedRequest, Replay, RequestIdentity, StoredAnswer, StoredBody};
use crate::protocol::batch_failure::BatchFailure;
use crate::protocol::failure::Failure;
use crate::protocol::features::Features;
use crate::protocol::items::Items;
use crate::protocol::response_body::{self, Exchange};
use crate::server::call::Success;
use crate::server::idempotency_key;
use crate::server::replay::{is_stored, read_again, refusal_of, segment_in, segment_of};

/// The name of batches among the resources of a base path.
const RESOURCE: &str = "_batch";

/// Between the ids of a stored answer, which have no slashes.
const SEPARATOR: &str = "/";

impl BatchCall<'_> {
    /// The identity of a batch with this body. `None` without `Idempotency-Key`.
    pub(super) fn identity(
        &self,
        body: &[u8],
        principal: &Principal,
    ) -> Result<Option<RequestIdentity>, Failure> {
        let resource = (self.base.path(), RESOURCE);
        let stores_answers = || self.base.batch_features().contains(Features::IDEMPOTENCY);
        idempotency_key::identity(self.request, resource, body, principal, stores_answers)
    }

    /// Carries out the operations in a transaction, and returns the body of the response. With a key, the transaction stores it.
    pub(super) async fn attempt(
        &self,
        plan: &Plan<'_>,
        first: &Managed,
        identity: Option<&RequestIdentity>,
        transaction: Arc<OpenTransaction>,
    ) -> Result<Vec<u8>, NotCarriedOut<BatchFailure>> {
        let verbs = async {
            let results = run(plan, Arc::clone(&transaction), self.exchange.request_id).await?;
            let body = response_body::batch(&results.bodies, self.exchange);
            Ok((results, body))
        };
        let answer = |(results, body): &(OperationResults, Vec<u8>)| Some(answer_of(results, body));
        let carried_out = transaction.once(first, identity, verbs, answer).await;
        carried_out.map(|(_, body)| body)
    }

    /// Stores the refusal of a batch under its key. If the key stands for something already, that is the outcome.
    pub(super) async fn remember(
        &self,
        plan: &Plan<'_>,
        identity: RequestIdentity,
        refused: BatchFailure,
    ) -> Result<Success, BatchFailure> {
        let Some(first) = plan.first().filter(|_| is_stored(refused.failure.code)) else {
            return Err(refused);
        };
        let body = response_body::failure(&refused.failure, refused.operation, self.exchange);
        let Some(answer) = StoredAnswer::new(refused.failure.code.status(), None, body) else {
            return Err(refused);
        };
        let request = KeyedRequest::answered(identity, answer);
        match first.remember(request).await? {
            None => Err(refused),
            Some(replay) => self.replay(plan, replay).await,
        }
    }

    /// The answer to a batch whose key stands for something already.
    pub(super) async fn replay(&self, plan: &Plan<'_>, replay: Replay) -> Result<Success, BatchFailure> {
        let StoredAnswer { status, body, .. } = match replay {
            Replay::Answer(answer) => answer,
            Replay::OtherSight(answer) => match refusal_of(&answer) {
                Some(refused) => return Err(refused.into()),
                None => of_ids(plan, answer),
            },
            Replay::Mismatch => return Err(Failure::idempotency_mismatch().into()),
            // Rows of another service are no part of a batch, so nothing is forwarded.
            Replay::InProgress | Replay::Forwarded(_) => return Err(Failure::in_progress().into()),
        };
        Ok(Success {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
            body: match body {
                StoredBody::Json(body) => body.into_bytes(),
                StoredBody::Rows(ids) => self.read_again(plan, &ids).await?,
            },
            version: None,
            is_replayed: true,
        })
    }

    /// The results with the rows as they are now. Those that are too many for a response are left out.
    async fn read_again(&self, plan: &Plan<'_>, ids: &str) -> Result<Vec<u8>, Failure> {
        let mut bytes_left = plan.settings.response_bytes;
        let mut results = Vec::with_capacity(plan.operations.len());
        for (planned, id) in plan.operations.iter().zip(ids.split(SEPARATOR)) {
            let exchange = Exchange {
                protocol_version: planned.resource.api.protocol_version(),
                request_id: self.exchange.request_id,
            };
            let row = read_again(planned.resource, &planned.caller, id).await?;
            let result = row.response(exchange);
            results.push(match bytes_left.checked_sub(result.len()) {
                Some(left) => {
                    bytes_left = left;
                    result
                }
                None => Items::of(0).response(exchange),
            });
        }
        Ok(response_body::batch(&results, self.exchange))
    }
}

/// The answer with the ids of its rows alone, so that the rows are read again.
fn of_ids(plan: &Plan<'_>, answer: StoredAnswer) -> StoredAnswer {
    let body = match answer.body {
        StoredBody::Json(body) => {
            let body: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
            let results = body.get("results").and_then(|results| results.as_array());
            let results = plan.operations.iter().zip(results.into_iter().flatten());
            let ids: Vec<_> = results
                .map(|(planned, result)| segment_in(planned.resource.description, result))
                .collect();
            StoredBody::Rows(ids.join(SEPARATOR))
        }
        rows => rows,
    };
    StoredAnswer { body, ..answer }
}

/// The answer that is stored for a batch that is carried out.
fn answer_of(results: &OperationResults, body: &[u8]) -> StoredAnswer {
    let status = StatusCode::OK.as_u16();
    StoredAnswer::new(status, None, body.to_vec()).unwrap_or_else(|| {
        let ids: Vec<_> = results.ids.iter().map(segment_of).collect();
        StoredAnswer {
            status,
            version: None,
            body: StoredBody::Rows(ids.join(SEPARATOR)),
        }
    })
}
