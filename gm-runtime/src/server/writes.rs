//! The operations that write: create, update and delete.

use actix_web::http::StatusCode;

use super::routes::Resource;
use super::settings::ServerSettings;
use crate::access::{Caller, Managed};
use crate::error::FieldError;
use crate::field::Value;
use crate::interface::{IdempotencyKey, Proposal, Write, Written};
use crate::json::MemoryBudget;
use crate::manager::Operation;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::item_id;
use crate::protocol::items::Items;
use crate::protocol::write_body::{WriteBody, WriteKind};
use crate::query::KnownRow;

/// A write that a caller requests.
pub(super) struct RequestedWrite<'b> {
    pub(super) kind: WriteKind,
    /// The id of the row. `None` for a create, and for a well-formed id that no row can have.
    pub(super) id: Option<Value>,
    pub(super) body: WriteBody<'b>,
    /// The version that the row must have.
    pub(super) expected_version: Option<i64>,
    pub(super) key: Option<IdempotencyKey>,
}

/// Carries out the writes of a caller to one resource.
pub(super) struct Writer<'a> {
    pub(super) settings: &'a ServerSettings,
    pub(super) resource: &'a Resource,
    /// The manager of the resource.
    pub(super) managed: &'a Managed,
    pub(super) caller: &'a Caller<'a>,
}

impl RequestedWrite<'_> {
    /// The operation of such writes.
    pub(super) fn operation(kind: WriteKind) -> Operation {
        match kind {
            WriteKind::Create => Operation::Create,
            WriteKind::Update => Operation::Update,
            WriteKind::Delete => Operation::Delete,
        }
    }

    /// The status of the response to a write that is carried out.
    pub(super) fn status(kind: WriteKind) -> StatusCode {
        match kind {
            WriteKind::Create => StatusCode::CREATED,
            WriteKind::Update | WriteKind::Delete => StatusCode::OK,
        }
    }
}

impl Writer<'_> {
    /// Carries out the write. `budget` is the memory for the values of JSON fields.
    pub(super) async fn write(
        &self,
        write: RequestedWrite<'_>,
        budget: &mut MemoryBudget,
    ) -> Result<Written, Failure> {
        let RequestedWrite {
            kind,
            id,
            body,
            expected_version,
            key,
        } = write;
        let (operation, id) = match kind {
            WriteKind::Create => (Operation::Create, None),
            WriteKind::Update => (Operation::Update, Some(id.ok_or(ErrorCode::NotFound)?)),
            WriteKind::Delete => (Operation::Delete, Some(id.ok_or(ErrorCode::NotFound)?)),
        };
        let make = || {
            let (write, errors) = match (kind, &id) {
                (WriteKind::Delete, Some(id)) => {
                    (Write::Delete(id.clone(), body.history_comment), Vec::new())
                }
                (_, id) => {
                    self.managed
                        .check_written(self.caller, operation, body.fields())?;
                    let (values, mut errors) = body.into_values(budget)?;
                    let write = match id {
                        Some(id) => Write::Update(id.clone(), values),
                        None => Write::Create(values),
                    };
                    errors.extend(self.check_new_id(&write));
                    (write, errors)
                }
            };
            Ok::<_, Failure>(Proposal {
                write,
                errors,
                expected_version,
                key,
            })
        };
        self.managed
            .write_with(operation, id.as_ref(), make, Some(self.caller))
            .await
    }

    /// Refuses a text id that is too long for a URL. No caller could read, change or delete the row.
    fn check_new_id(&self, write: &Write) -> Option<FieldError> {
        let Resource { description, api, .. } = self.resource;
        let Write::Create(values) = write else {
            return None;
        };
        let Some(Value::Text(id)) = values.get(description.id_index()) else {
            return None;
        };
        let longest = self.settings.url_bytes;
        let separators = "//".len();
        let path = api.base_path().len() + api.resource().len() + separators;
        let is_too_long = path.saturating_add(item_id::encoded_len(id)) > longest;
        is_too_long.then(|| {
            let message = format!("the id is too long for a URL of at most {longest} bytes");
            FieldError::new(description.id_field().name(), message)
        })
    }

    /// The row of a write as the caller may read it.
    pub(super) fn items(&self, written: &Written) -> Items {
        let row = match written {
            Written::Row(row) => Some(row),
            Written::Unreadable | Written::Deleted | Written::Missing | Written::Replay(_) => None,
        };
        // The write is done. A row that is too large for a response is left out, like one that the caller may not read.
        let mut slot = None;
        let writer = self.resource.rows.of(&self.caller.fields, &mut slot);
        let items = writer.items(row.map(KnownRow::from).into_iter());
        items.unwrap_or_else(|_| Items::of(0))
    }
}
