//! The stored answers of requests with an idempotency key.
//!
//! `docs/design/idempotency.md` gives the reasons.

use std::sync::Arc;

use actix_web::http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::call::{Call, Outcome, Success};
use super::idempotency_key;
use super::routes::Resource;
use super::writes::Writer;
use crate::access::Caller;
use crate::field::Value;
use crate::interface::{
    IdempotencyKey, KeyedRequest, Replay, RequestIdentity, StoredAnswer, StoredBody, Written,
};
use crate::manager::{Description, Operation};
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::item_id;
use crate::protocol::items::Items;
use crate::protocol::response_body::{self, Exchange};
use crate::query::KnownRow;

impl Call<'_> {
    /// The identity of a write with this body. `None` without `Idempotency-Key`.
    pub(super) fn identity(
        &self,
        body: &[u8],
        caller: &Caller<'_>,
    ) -> Result<Option<RequestIdentity>, Failure> {
        let Resource { api, managed, .. } = self.resource;
        let resource = (api.base_path(), api.resource());
        // The owner of a gateway's rows stores the answers.
        let stores_answers = || self.resource.stores_answers() || managed.cache().is_some();
        let identity =
            idempotency_key::identity(self.request, resource, body, caller.principal, stores_answers)?;
        Ok(identity.map(|identity| idempotency_key::with_sight(identity, std::iter::once(caller))))
    }

    /// The key of a write, with what makes its answer.
    pub(super) fn idempotency_key(
        &self,
        id: Option<&RequestIdentity>,
        status: StatusCode,
        caller: &Caller<'_>,
    ) -> Option<IdempotencyKey> {
        let id = id?.clone();
        let sees = caller.sight();
        let writer = Arc::clone(self.resource.rows.of(&caller.fields, &mut None));
        let id_index = self.resource.description.id_index();
        let (protocol_version, request_id) = (
            self.resource.api.protocol_version(),
            self.exchange.request_id.to_owned(),
        );
        let answer = move |written: &Written| {
            let row = match written {
                Written::Row(row) if sees(row) => Some(row),
                _ => None,
            };
            let items = writer.items(row.map(KnownRow::from).into_iter());
            let items = items.unwrap_or_else(|_| Items::of(0));
            let version = items.version();
            let body = items.response(Exchange {
                protocol_version,
                request_id: &request_id,
            });
            StoredAnswer::new(status.as_u16(), version, body).unwrap_or_else(|| StoredAnswer {
                status: status.as_u16(),
                version,
                body: StoredBody::Rows(row.map(|row| segment_of(row.get(id_index))).unwrap_or_default()),
            })
        };
        Some(IdempotencyKey::Request(Box::new(KeyedRequest::new(id, answer))))
    }

    /// Stores the refusal of a request under its key. If the key stands for something already, that is the outcome.
    ///
    /// Those of callers without the permission are not stored, since such callers could fill the storage.
    pub(super) async fn remember(
        &self,
        operation: Operation,
        id: RequestIdentity,
        failure: Failure,
        writer: &Writer<'_>,
    ) -> Outcome {
        let managed = &self.resource.managed;
        let is_permitted = || managed.allows(operation, Some(writer.caller.principal));
        if !is_stored(failure.code) || !self.resource.stores_answers() || !is_permitted() {
            return Err(failure);
        }
        let body = response_body::failure(&failure, None, self.exchange);
        let Some(answer) = StoredAnswer::new(failure.code.status(), None, body) else {
            return Err(failure);
        };
        match managed.remember(KeyedRequest::answered(id, answer)).await {
            Ok(None) => Err(failure),
            Ok(Some(replay)) => self.replay(replay, StatusCode::OK, writer).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Looks the key of a write up that expects the version which no row has. Nothing is written or stored, so that the same request can be
    /// carried out later.
    pub(super) async fn look_up(
        &self,
        operation: Operation,
        row: Option<&Value>,
        id: RequestIdentity,
        writer: &Writer<'_>,
    ) -> Outcome {
        let managed = &self.resource.managed;
        if !managed.allows(operation, Some(writer.caller.principal)) {
            return Err(ErrorCode::PermissionDenied.into());
        }
        let Some(replay) = managed.remember(KeyedRequest::look_up(id)).await? else {
            return Err(ErrorCode::PreconditionFailed.into());
        };
        let replayed = self.replay(replay, StatusCode::OK, writer).await;
        if replayed.is_ok() {
            self.audit_replay(operation, row, writer.caller);
        }
        replayed
    }

    /// The answer to a request whose key stands for something already.
    pub(super) async fn replay(&self, replay: Replay, status: StatusCode, writer: &Writer<'_>) -> Outcome {
        match replay {
            Replay::Answer(answer) => self.stored(answer, writer.caller).await,
            Replay::OtherSight(answer) => match refusal_of(&answer) {
                Some(refused) => Err(refused),
                None => self.stored(of_ids(self.resource, answer), writer.caller).await,
            },
            Replay::Forwarded(written) => Ok(Success {
                is_replayed: true,
                ..self.success(status, writer.items(&written))
            }),
            Replay::Mismatch => Err(Failure::idempotency_mismatch()),
            Replay::InProgress => Err(Failure::in_progress()),
        }
    }

    async fn stored(&self, answer: StoredAnswer, caller: &Caller<'_>) -> Outcome {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        let segment = match answer.body {
            StoredBody::Json(body) => {
                return Ok(Success {
                    status,
                    body: body.into_bytes(),
                    version: answer.version,
                    is_replayed: true,
                });
            }
            StoredBody::Rows(segment) => segment,
        };
        Ok(Success {
            is_replayed: true,
            ..self.success(status, read_again(self.resource, caller, &segment).await?)
        })
    }
}

/// The refusal of a stored answer without its details, to a caller that may read something else than the one that it was given. `None`
/// for the answer to a request that was carried out.
pub(super) fn refusal_of(answer: &StoredAnswer) -> Option<Failure> {
    let code = match answer.status {
        200..300 => return None,
        404 => ErrorCode::NotFound,
        409 => ErrorCode::Conflict,
        412 => ErrorCode::PreconditionFailed,
        _ => ErrorCode::InvalidRequest,
    };
    Some(code.into())
}

/// The answer with the id of its row alone, so that the row is read again.
fn of_ids(resource: &Resource, answer: StoredAnswer) -> StoredAnswer {
    let body = match answer.body {
        StoredBody::Json(body) => {
            let body = serde_json::from_str(&body).unwrap_or_default();
            StoredBody::Rows(segment_in(resource.description, &body))
        }
        rows => rows,
    };
    StoredAnswer { body, ..answer }
}

/// The id of the row in the body of a response, as it is in a path. Empty if there is none.
pub(super) fn segment_in(description: &Description, body: &serde_json::Value) -> String {
    let row = body.get("items").and_then(|items| items.get(0));
    match row.and_then(|row| row.get(description.id_field().name())) {
        Some(serde_json::Value::String(id)) => utf8_percent_encode(id, NON_ALPHANUMERIC).to_string(),
        Some(id) => id.to_string(),
        None => String::new(),
    }
}

/// Whether a refusal is stored. The others end without a change of the request, so it may be sent again.
pub(super) fn is_stored(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InvalidRequest
            | ErrorCode::ValidationError
            | ErrorCode::NotFound
            | ErrorCode::Conflict
            | ErrorCode::PreconditionFailed
    )
}

/// The row of a stored answer, as it is now. None if there is no such row any more, or the caller may not read it.
pub(super) async fn read_again(
    resource: &Resource,
    caller: &Caller<'_>,
    segment: &str,
) -> Result<Items, Failure> {
    let Ok(Some(id)) = item_id::read(segment, resource.description) else {
        return Ok(Items::of(0));
    };
    match resource.managed.json_row(&id, &resource.rows, caller).await {
        Err(error) if error.is_not_found() || error.is_permission_denied() => Ok(Items::of(0)),
        read => Ok(read?),
    }
}

/// The id of a row, as a URL has it.
pub(super) fn segment_of(id: &Value) -> String {
    let text = match id {
        Value::Integer(id) => return id.to_string(),
        Value::Uuid(id) => return id.to_string(),
        Value::Text(id) => id,
        _ => return String::new(),
    };
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
