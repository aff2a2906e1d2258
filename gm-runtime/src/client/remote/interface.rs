//! The REST interface to a resource of another service.

use std::sync::Arc;

use super::endpoint::Endpoint;
use super::handshake::Handshake;
use crate::client::{BaseUrl, Call, Reply, Requester};
use crate::error::{DecodeFailure, Error, Extension, IdText, Method, QueryError};
use crate::field::Value;
use crate::interface::{IdempotencyKey, Replay, Write, Written};
use crate::manager::{Description, Operation, Record, Remote};
use crate::protocol::features::Features;
use crate::protocol::query_request::{Paging, query_body};
use crate::protocol::response::{self, PageResponse};
use crate::protocol::write_request::{delete_body, write_body};
use crate::query::{NextPage, RecordPage, Select};

/// The REST interface to a resource of another service.
///
/// Dropping a future ends its request. The outcome of a write is then unknown. A missing row is [`Error::Remote`] with status
/// 404, which keeps the owner's request id.
pub(crate) struct RemoteInterface {
    pub(super) description: &'static Description,
    pub(super) protocol_version: &'static str,
    pub(super) endpoint: Endpoint,
    pub(super) requester: Requester,
    pub(super) handshake: Arc<Handshake>,
}

impl RemoteInterface {
    pub(crate) fn new(
        description: &'static Description,
        remote: &Remote,
        base_url: &BaseUrl,
        requester: Requester,
    ) -> Self {
        let endpoint = Endpoint::new(base_url, remote);
        Self {
            description,
            protocol_version: remote.protocol_version(),
            handshake: Handshake::new(description, remote, endpoint.schema(), &requester),
            endpoint,
            requester,
        }
    }

    /// Reads the rows of a select.
    pub(crate) async fn query(&self, select: &Select) -> Result<RecordPage, Error> {
        if !select.is_page() && !select.first_page {
            return self.every_page(select).await;
        }
        let expected_size = select.page_size.filter(|_| select.exact_page_size);
        let page = self.page(select, Paging::of(select), expected_size).await?;
        Ok(RecordPage::new(page.rows, page.total_count)
            .with_page_size(page.page.map(|(_, size)| size))
            .with_next(page.next))
    }

    pub(super) fn decode<T>(
        &self,
        reply: Reply,
        decode: impl FnOnce(&Reply) -> Result<T, DecodeFailure>,
    ) -> Result<T, Error> {
        match decode(&reply) {
            Ok(decoded) => Ok(decoded),
            Err(failure) => Err(reply.decode_error(self.description.name(), failure)),
        }
    }

    /// Reads one page, or without a page number what the owner returns. `expected_size`: the size of the pages before.
    pub(super) async fn page(
        &self,
        select: &Select,
        paging: Paging<'_>,
        expected_size: Option<u64>,
    ) -> Result<PageResponse, Error> {
        if paging.has_cursor() && self.announces_cursors() == Some(false) {
            return Err(self.no_cursors());
        }
        let call = Call {
            verb: "query",
            method: Method::Post,
            url: self.endpoint.query(),
            body: Some(query_body(self.description, select, paging)?),
            read: true,
            protocol_version: self.protocol_version,
            expected_version: None,
            key: None,
        };
        let reply = self.read(call, Operation::Filter).await?;
        let limit = self.requester.max_rows();
        let mut answer = self.decode(reply, |reply| {
            let answer = response::read_page(&reply.body, self.description, self.protocol_version, limit)?;
            let requested = paging.page().unwrap_or(1);
            match answer.page.filter(|_| !paging.has_cursor()) {
                // The rows of another page must not be taken for those of this one.
                Some((given, _)) if requested != given => Err(DecodeFailure::of_response(format!(
                    "the response contains page {given}, but page {requested} was requested"
                ))),
                // A page of another size does not begin where the page before ended.
                Some((_, given)) if expected_size.is_some_and(|size| size != given) => {
                    Err(DecodeFailure::of_response(format!(
                        "the owner changed the page size to {given} during the read; read again"
                    )))
                }
                _ => Ok(answer),
            }
        })?;
        let announces_cursors = self.announces_cursors() == Some(true);
        if !announces_cursors {
            answer.next = NextPage::Unknown;
        }
        // An owner without cursors ignores the key, and gives its first page.
        if paging.has_cursor() && !answer.denied && (!announces_cursors || answer.page.is_some()) {
            return Err(self.no_cursors());
        }
        if answer.denied {
            return Err(Error::PermissionDenied {
                manager: self.description.name(),
                operation: Operation::Filter,
            });
        }
        // GeneralManager 0.75 ignores a page without a size, and returns all rows.
        if answer.page.is_none() && !answer.rows.is_empty() && paging.page() > Some(1) && !paging.is_sized() {
            let manager = self.description.name();
            return Err(QueryError::UnsizedPage { manager }.into());
        }
        self.check_rows(answer.rows.len() as u64)?;
        Ok(answer)
    }

    /// Whether the owner's last reply announces cursors. `None` before its first reply.
    fn announces_cursors(&self) -> Option<bool> {
        let announced = self.requester.announced()?;
        Some(announced.contains(Features::CURSOR))
    }

    fn no_cursors(&self) -> Error {
        Error::Unsupported {
            manager: self.description.name(),
            extension: Extension::Cursor,
        }
    }

    /// Reads the row with this id.
    pub(crate) async fn row(&self, id: &Value) -> Result<Record, Error> {
        let call = Call {
            verb: "detail",
            method: Method::Get,
            url: self.endpoint.item(self.description, id)?,
            body: None,
            read: true,
            protocol_version: self.protocol_version,
            expected_version: None,
            key: None,
        };
        let reply = self.read(call, Operation::Detail).await?;
        self.decode(reply, |reply| {
            let row = response::read_row(&reply.body, self.description, self.protocol_version)?
                .ok_or_else(|| DecodeFailure::of_response("expected one row in `items`, got none"))?;
            self.check_id(&row, id).map(|()| row)
        })
    }

    pub(super) fn check_id(&self, row: &Record, id: &Value) -> Result<(), DecodeFailure> {
        if row.get(self.description.id_index()) == id {
            Ok(())
        } else {
            Err(DecodeFailure::of_response(
                "the response contains a row with another id than the requested one",
            ))
        }
    }

    /// Sends a write, which the owner refuses if its row has another version than the expected one. With a key, or if the owner
    /// supports keys, it is carried out once, however often it is sent.
    pub(crate) async fn write(
        self: &Arc<Self>,
        write: Write,
        expected_version: Option<i64>,
        key: Option<IdempotencyKey>,
    ) -> Result<Written, Error> {
        let is_forwarded = matches!(key, Some(IdempotencyKey::Request(_)));
        // Boxed, so that the futures of other writes are not larger.
        if expected_version.is_some() {
            Box::pin(self.require(Extension::Version)).await?;
        }
        let key = self.key(key.map(IdempotencyKey::into_sent)).await?;
        self.check_write(&write).await?;
        let (verb, method, url, body) = match &write {
            Write::Create(values) => (
                "create",
                Method::Post,
                self.endpoint.collection(),
                Some(write_body(self.description, values)),
            ),
            Write::Update(id, values) => (
                "update",
                Method::Patch,
                self.endpoint.item(self.description, id)?,
                Some(write_body(self.description, values)),
            ),
            Write::Delete(id, comment) => (
                "delete",
                Method::Delete,
                self.endpoint.item(self.description, id)?,
                comment.as_deref().map(delete_body),
            ),
        };
        let sent = self.requester.send(Call {
            verb,
            method,
            url,
            body,
            read: false,
            protocol_version: self.protocol_version,
            expected_version,
            key,
        });
        let reply = match (sent.await, &write) {
            (Err(error), Write::Update(id, _) | Write::Delete(id, _))
                if expected_version.is_some() && error.is_stale() =>
            {
                return Err(Error::Stale {
                    manager: self.description.name(),
                    id: IdText::of(id),
                });
            }
            (sent, _) => sent?,
        };
        let is_replayed = reply.is_replayed && is_forwarded;
        let written = self.decode(reply, |reply| {
            let row = response::read_row(&reply.body, self.description, self.protocol_version)?;
            if let (Some(row), Write::Update(id, _) | Write::Delete(id, _)) = (&row, &write) {
                self.check_id(row, id)?;
            }
            Ok(row)
        })?;
        let written = match write {
            Write::Delete(..) => Written::Deleted,
            _ => written.map_or(Written::Unreadable, Written::Row),
        };
        Ok(match is_replayed {
            true => Written::Replay(Box::new(Replay::Forwarded(written))),
            false => written,
        })
    }
}
