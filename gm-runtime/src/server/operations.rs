//! The REST operations: query, detail, create, update and delete.

use actix_web::http::StatusCode;
use actix_web::web::Payload;

use super::call::{Call, Outcome};
use super::routes::Resource;
use super::url::path_as_sent;
use crate::access::{JsonPage, Principal};
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
        match operation {
            Operation::Filter => self.query(payload, principal).await,
            Operation::Detail => self.detail(id, principal).await,
            Operation::Create => self.create(payload, principal).await,
            Operation::Update => self.update(id, payload, principal).await,
            Operation::Delete => self.delete(id, payload, principal).await,
        }
    }

    async fn query(&self, payload: &mut Payload, principal: &Principal) -> Outcome {
        let body = self.body(payload).await?;
        let limits = QueryLimits {
            lookups: self.server.settings.lookups,
            list_members: self.server.settings.list_members,
            json_bytes: self.server.settings.json_bytes(),
        };
        let Resource {
            managed, rows, api, ..
        } = self.resource;
        let query = query_body::read(self.object(&body)?, self.resource.description, api, limits)?;
        if !query.ignored.is_empty() {
            let request_id = self.exchange.request_id;
            let manager = self.resource.description.name();
            let keys = &query.ignored;
            tracing::warn!(request_id, manager, ?keys, "unknown keys of a query are ignored");
        }
        let number = query.page();
        let read = managed.json_page(query.select, rows, principal).await;
        let JsonPage { page, denied } = read.map_err(Failure::of_query)?;
        let metadata = PageMetadata {
            total_count: page.total_count,
            ordering: &query.ordering,
            page: page.page_size.map(|_| number),
            page_size: page.page_size,
            denied,
            ignored: &query.ignored,
        };
        Ok((StatusCode::OK, page.items.page(metadata, self.exchange)))
    }

    async fn detail(&self, id: Option<Value>, principal: &Principal) -> Outcome {
        let id = id.ok_or(ErrorCode::NotFound)?;
        let Resource { managed, rows, .. } = self.resource;
        let item = managed.json_row(&id, rows, principal).await?;
        Ok((StatusCode::OK, item.response(self.exchange)))
    }

    async fn create(&self, payload: &mut Payload, principal: &Principal) -> Outcome {
        let body = self.body(payload).await?;
        let body = self.write_body(&body, WriteKind::Create)?;
        let make = || {
            let mut proposal = self.proposal(body, Write::Create)?;
            proposal.errors.extend(self.check_new_id(&proposal.write));
            Ok::<_, Failure>(proposal)
        };
        let written = self
            .resource
            .managed
            .write_with(Operation::Create, None, make, Some(principal))
            .await?;
        Ok((StatusCode::CREATED, self.written(&written)))
    }

    async fn update(&self, id: Option<Value>, payload: &mut Payload, principal: &Principal) -> Outcome {
        let body = self.body(payload).await?;
        let body = self.write_body(&body, WriteKind::Update)?;
        let id = id.ok_or(ErrorCode::NotFound)?;
        let make = || self.proposal(body, |values| Write::Update(id.clone(), values));
        let written = self
            .resource
            .managed
            .write_with(Operation::Update, Some(&id), make, Some(principal))
            .await?;
        Ok((StatusCode::OK, self.written(&written)))
    }

    async fn delete(&self, id: Option<Value>, payload: &mut Payload, principal: &Principal) -> Outcome {
        let body = self.body(payload).await?;
        let body = self.write_body(&body, WriteKind::Delete)?;
        let id = id.ok_or(ErrorCode::NotFound)?;
        let make = || Ok::<_, Failure>(Write::Delete(id.clone(), body.history_comment).into());
        let written = self
            .resource
            .managed
            .write_with(Operation::Delete, Some(&id), make, Some(principal))
            .await?;
        Ok((StatusCode::OK, self.written(&written)))
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
        body: WriteBody<'_>,
        write: impl FnOnce(Values) -> Write,
    ) -> Result<Proposal, Failure> {
        let (values, errors) = body.into_values(MemoryBudget::new(self.server.settings.json_bytes()))?;
        Ok(Proposal {
            write: write(values),
            errors,
        })
    }

    fn written(&self, written: &Written) -> Vec<u8> {
        let row = match written {
            Written::Row(row) => Some(row.values()),
            Written::Unreadable | Written::Deleted | Written::Missing => None,
        };
        // The write is done. A row that is too large for a response is left out, like one that the caller may not read.
        let items = self.resource.rows.items(row.into_iter());
        items.unwrap_or_else(|_| Items::of(0)).response(self.exchange)
    }
}
