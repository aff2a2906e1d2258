//! Requests with an idempotency key: `Idempotency-Key`.
//!
//! `docs/design/idempotency.md` gives the reasons.

use std::sync::Arc;

use actix_web::http::StatusCode;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::call::{Call, Outcome, Success};
use super::header_names::IDEMPOTENCY_KEY;
use super::routes::Resource;
use super::url::path_as_sent;
use super::writes::Writer;
use crate::access::{Caller, Principal};
use crate::field::Value;
use crate::interface::{IdempotencyKey, KeyedRequest, Replay, RequestId, StoredAnswer, StoredBody, Written};
use crate::manager::{Description, Operation, Record};
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::features::Features;
use crate::protocol::item_id;
use crate::protocol::items::Items;
use crate::protocol::response_body::{self, Exchange};
use crate::query::KnownRow;

/// The most characters of a key.
const MAX_KEY: usize = 255;

impl Call<'_> {
    /// The identity of a write with this body. `None` without `Idempotency-Key`.
    ///
    /// # Errors
    /// A key that is sent twice or has other characters than printable ASCII, and a resource without the extension: the write could
    /// be carried out twice.
    pub(super) fn keyed(&self, body: &[u8], principal: &Principal) -> Result<Option<RequestId>, Failure> {
        let mut sent = self.request.headers().get_all(&IDEMPOTENCY_KEY);
        let (Some(key), second) = (sent.next(), sent.next()) else {
            return Ok(None);
        };
        if second.is_some() {
            return Err(Failure::invalid("`Idempotency-Key` is sent twice"));
        }
        let key = key.as_bytes().trim_ascii();
        if !(1..=MAX_KEY).contains(&key.len()) || !key.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return Err(Failure::invalid(
                "expected `Idempotency-Key` to be 1 to 255 printable ASCII characters",
            ));
        }
        if !self.stores_answers() && !self.is_gateway() {
            return Err(Failure::invalid(
                "the resource does not support `Idempotency-Key`, so the write could be carried out twice",
            ));
        }
        let Resource { api, .. } = self.resource;
        let (kind, name) = match principal.name() {
            Some(name) => ("named", name),
            None => ("anonymous", ""),
        };
        let (method, path) = (self.request.method().as_str(), path_as_sent(self.request));
        Ok(Some(RequestId {
            key: hash(&[
                kind.as_bytes(),
                name.as_bytes(),
                api.base_path().as_bytes(),
                api.resource().as_bytes(),
                key,
            ]),
            fingerprint: hash(&[method.as_bytes(), path.as_bytes(), body]),
        }))
    }

    fn stores_answers(&self) -> bool {
        self.resource.managed.features().contains(Features::IDEMPOTENCY) && !self.is_gateway()
    }

    /// Whether the rows are another service's. Their owner stores the answers.
    fn is_gateway(&self) -> bool {
        self.resource.managed.cache().is_some()
    }

    /// The key of a write, with what makes its answer.
    pub(super) fn idempotency_key(
        &self,
        id: Option<&RequestId>,
        status: StatusCode,
        caller: &Caller<'_>,
    ) -> Option<IdempotencyKey> {
        let id = id?.clone();
        let sees = caller.sight();
        let writer = Arc::clone(self.resource.rows.of(&caller.fields, &mut None));
        let description = self.resource.description;
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
                body: StoredBody::Row(row.map(|row| segment_of(description, row)).unwrap_or_default()),
            })
        };
        Some(IdempotencyKey::Request(Box::new(KeyedRequest::new(id, answer))))
    }

    /// Stores the refusal of a request under its key. If the key stands for something already, that is the outcome.
    ///
    /// Refusals that end without a change of the request are not stored. Neither are those of callers without the permission, who
    /// could fill the storage.
    pub(super) async fn remember(
        &self,
        operation: Operation,
        id: RequestId,
        failure: Failure,
        writer: &Writer<'_>,
    ) -> Outcome {
        let managed = &self.resource.managed;
        match failure.code {
            ErrorCode::InvalidRequest
            | ErrorCode::ValidationError
            | ErrorCode::NotFound
            | ErrorCode::Conflict
            | ErrorCode::PreconditionFailed
                if self.stores_answers() && managed.allows(operation, Some(writer.caller.principal)) => {}
            _ => return Err(failure),
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

    /// The answer to a request whose key stands for something already.
    pub(super) async fn replay(&self, replay: Replay, status: StatusCode, writer: &Writer<'_>) -> Outcome {
        match replay {
            Replay::Answer(answer) => self.stored(answer, writer.caller).await,
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
            StoredBody::Row(segment) => segment,
        };
        let Resource {
            managed,
            rows,
            description,
            ..
        } = self.resource;
        let items = match item_id::read(&segment, description) {
            Ok(Some(id)) => match managed.json_row(&id, rows, caller).await {
                Err(error) if error.is_not_found() || error.is_permission_denied() => Items::of(0),
                read => read?,
            },
            _ => Items::of(0),
        };
        Ok(Success {
            is_replayed: true,
            ..self.success(status, items)
        })
    }
}

/// The id of a row, as a URL has it.
fn segment_of(description: &Description, row: &Record) -> String {
    let text = match row.get(description.id_index()) {
        Value::Integer(id) => return id.to_string(),
        Value::Uuid(id) => return id.to_string(),
        Value::Text(id) => id,
        _ => return String::new(),
    };
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The hash of these parts, as text. Their lengths are a part of it.
fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    BASE64_URL_SAFE_NO_PAD.encode(hash.finalize())
}
