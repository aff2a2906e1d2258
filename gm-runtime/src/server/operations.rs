//! The REST operations: query, detail, create, update and delete.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use tracing::debug_span;

use super::call::{Call, Outcome, Success};
use super::routes::{Resource, Route};
use super::state::Server;
use super::writes::{RequestedWrite, Writer};
use crate::access::{Caller, JsonGroups, JsonPage, Principal};
use crate::field::Value;
use crate::interface::Written;
use crate::json::MemoryBudget;
use crate::manager::Operation;
use crate::protocol::cursor::NextCursor;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::items::Items;
use crate::protocol::query_body::{self, QueryBody};
use crate::protocol::query_lookups::{QueryLimits, Readable};
use crate::protocol::response_body::PageMetadata;
use crate::protocol::write_body::WriteKind;
use crate::query::Select;

impl Call<'_> {
    /// Performs the operation for this caller.
    pub(super) async fn perform(
        &self,
        operation: Operation,
        id: Option<Value>,
        payload: &mut Payload,
        principal: &Principal,
    ) -> Outcome {
        let span = debug_span!(
            target: "gm::trace",
            "permission",
            gm.resource = self.resource.api.resource(),
            gm.operation = operation.name(),
        );
        let judge = || self.resource.managed.caller(principal, Some(&self.trail));
        let caller = &span.in_scope(judge);
        match operation {
            Operation::Filter => self.query(payload, caller).await,
            Operation::Detail => self.detail(id, caller).await,
            Operation::Create => self.write(WriteKind::Create, id, payload, caller).await,
            Operation::Update => self.write(WriteKind::Update, id, payload, caller).await,
            Operation::Delete => self.write(WriteKind::Delete, id, payload, caller).await,
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
        let through = |reference: &_| managed.readable_through(reference, caller.principal);
        let readable = Readable {
            fields: &caller.fields,
            through: &through,
        };
        let query = query_body::read(object, self.resource.description, readable, api, limits);
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
        if query.select.looks_through() {
            self.check_reads_behind(&query.select, caller.principal)?;
        }
        if let Some(field) = query.count_by {
            return self.counts(query, field, caller).await;
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
            counts: None,
        };
        Ok(Success {
            status: StatusCode::OK,
            body: page.items.page(metadata, self.exchange),
            version: None,
            is_replayed: false,
        })
    }

    /// Counts the reads of other managers that the query needs for the rate limits.
    fn check_reads_behind(&self, select: &Select, principal: &Principal) -> Result<(), Failure> {
        let Server {
            authentication,
            rate_limits,
            ..
        } = self.server;
        let reads = self.resource.managed.reads_behind(select, principal);
        rate_limits.check_reads(reads, principal, || authentication.client_address(self.request))
    }

    /// The numbers of the rows of a query by the values of a field.
    async fn counts(&self, query: QueryBody, field: u16, caller: &Caller<'_>) -> Outcome {
        let Resource { managed, rows, .. } = self.resource;
        let counted = query.select.count;
        let read = managed.json_groups(query.select, field, rows.max_bytes(), caller);
        let JsonGroups { groups, json, denied } = Box::pin(read).await.map_err(Failure::of_query)?;
        if denied {
            self.audit_refusal(Route::Query, ErrorCode::PermissionDenied);
        }
        if let Some((rows, error)) = &groups.unreadable {
            tracing::error!(
                rows,
                "rows whose value can't be read were left out of a reply, which reports it: {error}"
            );
        }
        let metadata = PageMetadata {
            total_count: counted.then(|| groups.total()),
            ordering: &query.ordering,
            page: None,
            page_size: None,
            next: &NextCursor::Unknown,
            denied,
            ignored: &query.ignored,
            counts: Some(&json),
        };
        Ok(Success {
            status: StatusCode::OK,
            body: Items::of(0).page(metadata, self.exchange),
            version: None,
            is_replayed: false,
        })
    }

    async fn detail(&self, id: Option<Value>, caller: &Caller<'_>) -> Outcome {
        let id = id.ok_or(ErrorCode::NotFound)?;
        let Resource { managed, rows, .. } = self.resource;
        let item = managed.json_row(&id, rows, caller).await?;
        Ok(self.success(StatusCode::OK, item))
    }

    async fn write(
        &self,
        kind: WriteKind,
        id: Option<Value>,
        payload: &mut Payload,
        caller: &Caller<'_>,
    ) -> Outcome {
        let sent = self.body(payload).await?;
        let key = self.identity(&sent, caller)?;
        let status = RequestedWrite::status(kind);
        let writer = Writer {
            settings: &self.server.settings,
            resource: self.resource,
            managed: &self.resource.managed,
            caller,
        };
        // Of a create, the header says nothing.
        if let Some(key) = &key
            && kind != WriteKind::Create
            && self.expects_no_version()
            && self.resource.stores_answers()
        {
            let operation = RequestedWrite::operation(kind);
            return Box::pin(self.look_up(operation, id.as_ref(), key.clone(), &writer)).await;
        }
        let write = async {
            let body = self.write_body(&sent, kind, caller)?;
            let expected_version = match kind {
                WriteKind::Create => None,
                WriteKind::Update | WriteKind::Delete => self.expected_version(caller)?,
            };
            let write = RequestedWrite {
                kind,
                id,
                body,
                expected_version,
                key: self.idempotency_key(key.as_ref(), status, caller),
            };
            let mut budget = MemoryBudget::new(self.server.settings.json_bytes());
            writer.write(write, &mut budget).await
        };
        // The futures of requests with a key are boxed, so that the others are not larger.
        match (write.await, key) {
            (Ok(Written::Replay(replay)), _) => Box::pin(self.replay(*replay, status, &writer)).await,
            (Ok(written), _) => Ok(self.success(status, writer.items(&written))),
            (Err(failure), Some(key)) => {
                let operation = RequestedWrite::operation(kind);
                Box::pin(self.remember(operation, key, failure, &writer)).await
            }
            (Err(failure), None) => Err(failure),
        }
    }

    /// The response with the only row, or with none.
    pub(super) fn success(&self, status: StatusCode, row: Items) -> Success {
        Success {
            status,
            is_replayed: false,
            version: row.version(),
            body: row.response(self.exchange),
        }
    }
}
