//! The REST operations: query, detail, create, update and delete.

use actix_web::http::StatusCode;
use actix_web::web::Payload;

use super::call::{Call, Outcome, Success};
use super::routes::{Resource, Route};
use super::url::path_as_sent;
use crate::access::{Caller, JsonPage, Principal};
use crate::error::FieldError;
use crate::field::Value;
use crate::interface::{Proposal, Write, Written};
use crate::json::MemoryBudget;
use crate::manager::{Operation, Values};
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::item_id;
use crate::protocol::items::Items;
use crate::protocol::query_body;
use crate::protocol::query_lookups::QueryLimits;
use crate::protocol::response_body::PageMetadata;
use crate::protocol::write_body::{WriteBody, WriteKind};

impl Call<'_> {
    /// Performs the operation for this caller.
    pub(super) async fn perform(
        &self,
        operation: Operation,
        id: Option<Value>,
        payload: &mut Payload,
        principal: &Principal,
    ) -> Outcome {
        let caller = &self.resource.managed.caller(principal, Some(&self.trail));
        match operation {
            Operation::Filter => self.query(payload, caller).await,
            Operation::Detail => self.detail(id, caller).await,
            Operation::Create => self.create(payload, caller).await,
            Operation::Update => self.update(id, payload, caller).await,
            Operation::Delete => self.delete(id, payload, caller).await,
        }
    }

    async fn query(&self, payload: &mut Payload, caller: &Caller<'_>) -> Outcome {
        let body = self.body(payload).await?;
        let limits = QueryLimits {
            lookups: self.server.settings.lookups,
            list_members: self.server.settings.list_members,
            json_bytes: self.server.settings.json_bytes(),
        };
        let Resource {
            managed, rows, api, ..
        } = self.resource;
        let object = self.object(&body)?;
        let query = query_body::read(object, self.resource.description, &caller.fields, api, limits);
        let query = query.inspect_err(|failure| {
            let names = failure
                .details
                .iter()
                .filter_map(|detail| detail.field.as_deref());
            names.for_each(|name| managed.log_hidden_field(name, caller));
        })?;
        if !query.ignored.is_empty() {
            let request_id = self.exchange.request_id;
            let manager = self.resource.description.name();
            let keys = &query.ignored;
            tracing::warn!(request_id, manager, ?keys, "unknown keys of a query are ignored");
        }
        let number = query.page();
        let read = managed.json_page(query.select, rows, caller).await;
        let JsonPage { page, denied } = read.map_err(Failure::of_query)?;
        if denied {
            self.audit_refusal(Route::Query, ErrorCode::PermissionDenied);
        }
        let metadata = PageMetadata {
            total_count: page.total_count,
            ordering: &query.ordering,
            page: page.page_size.map(|_| number),
            page_size: page.page_size,
            next: &page.next,
            denied,
            ignored: &query.ignored,
        };
        Ok(Success {
            status: StatusCode::OK,
            body: page.items.page(metadata, self.exchange),
            version: None,
        })
    }

    async fn detail(&self, id: Option<Value>, caller: &Caller<'_>) -> Outcome {
        let id = id.ok_or(ErrorCode::NotFound)?;
        let Resource { managed, rows, .. } = self.resource;
        let item = managed.json_row(&id, rows, caller).await?;
        Ok(self.success(StatusCode::OK, item))
    }

    async fn create(&self, payload: &mut Payload, caller: &Caller<'_>) -> Outcome {
        let body = self.body(payload).await?;
        let body = self.write_body(&body, WriteKind::Create, caller)?;
        let make = || {
            let mut proposal = self.proposal(Operation::Create, body, caller, None, Write::Create)?;
            proposal.errors.extend(self.check_new_id(&proposal.write));
            Ok::<_, Failure>(proposal)
        };
        let written = self
            .resource
            .managed
            .write_with(Operation::Create, None, make, Some(caller))
            .await?;
        Ok(self.success(StatusCode::CREATED, self.written(&written, caller)))
    }

    async fn update(&self, id: Option<Value>, payload: &mut Payload, caller: &Caller<'_>) -> Outcome {
        let body = self.body(payload).await?;
        let body = self.write_body(&body, WriteKind::Update, caller)?;
        let expected = self.expected_version(caller)?;
        let id = id.ok_or(ErrorCode::NotFound)?;
        let update = |values| Write::Update(id.clone(), values);
        let make = || self.proposal(Operation::Update, body, caller, expected, update);
        let written = self
            .resource
            .managed
            .write_with(Operation::Update, Some(&id), make, Some(caller))
            .await?;
        Ok(self.success(StatusCode::OK, self.written(&written, caller)))
    }

    async fn delete(&self, id: Option<Value>, payload: &mut Payload, caller: &Caller<'_>) -> Outcome {
        let body = self.body(payload).await?;
        let body = self.write_body(&body, WriteKind::Delete, caller)?;
        let expected_version = self.expected_version(caller)?;
        let id = id.ok_or(ErrorCode::NotFound)?;
        let make = || {
            Ok::<_, Failure>(Proposal {
                expected_version,
                ..Proposal::from(Write::Delete(id.clone(), body.history_comment))
            })
        };
        let written = self
            .resource
            .managed
            .write_with(Operation::Delete, Some(&id), make, Some(caller))
            .await?;
        Ok(self.success(StatusCode::OK, self.written(&written, caller)))
    }

    /// Refuses a text id that is too long for a URL. No caller could read, change or delete the row.
    fn check_new_id(&self, write: &Write) -> Option<FieldError> {
        let description = self.resource.description;
        let Write::Create(values) = write else {
            return None;
        };
        let Some(Value::Text(id)) = values.get(description.id_index()) else {
            return None;
        };
        let longest = self.server.settings.url_bytes;
        let path = path_as_sent(self.request).len().saturating_add(1);
        let is_too_long = path.saturating_add(item_id::encoded_len(id)) > longest;
        is_too_long.then(|| {
            let message = format!("the id is too long for a URL of at most {longest} bytes");
            FieldError::new(description.id_field().name(), message)
        })
    }

    fn proposal(
        &self,
        operation: Operation,
        body: WriteBody<'_>,
        caller: &Caller<'_>,
        expected_version: Option<i64>,
        write: impl FnOnce(Values) -> Write,
    ) -> Result<Proposal, Failure> {
        self.resource
            .managed
            .check_written(caller, operation, body.fields())?;
        let (values, errors) = body.into_values(MemoryBudget::new(self.server.settings.json_bytes()))?;
        Ok(Proposal {
            write: write(values),
            errors,
            expected_version,
        })
    }

    /// The response with the only row, or with none.
    fn success(&self, status: StatusCode, row: Items) -> Success {
        Success {
            status,
            version: row.version(),
            body: row.response(self.exchange),
        }
    }

    /// The row of a write as the caller may read it.
    fn written(&self, written: &Written, caller: &Caller<'_>) -> Items {
        let row = match written {
            Written::Row(row) => Some(row.values()),
            Written::Unreadable | Written::Deleted | Written::Missing => None,
        };
        // The write is done. A row that is too large for a response is left out, like one that the caller may not read.
        let mut slot = None;
        let writer = self.resource.rows.of(&caller.fields, &mut slot);
        let items = writer.items(row.into_iter());
        items.unwrap_or_else(|_| Items::of(0))
    }
}
