//! Rows of another service.

mod endpoint;
mod pages;

use std::sync::Arc;

use self::endpoint::Endpoint;
use crate::client::{BaseUrl, Call, Reply, Requester};
use crate::error::{Error, Misfit, QueryError};
use crate::field::Value;
use crate::interface::{Write, Written};
use crate::manager::{Description, Operation, Record, Remote};
use crate::protocol::answer::{self, PageReply};
use crate::protocol::query_request::{Paging, query_body};
use crate::protocol::write_request::{delete_body, write_body};
use crate::query::{RecordPage, Select};

/// The rows of a resource of another service, read and written by REST.
///
/// Dropping a future closes its request. Whether a write was carried out is then not known. The error of a row that does
/// not exist is the owner's own answer, [`Error::Remote`] of status 404, so that it has the owner's request id.
pub(crate) struct RemoteInterface {
    description: &'static Description,
    protocol_version: &'static str,
    endpoint: Endpoint,
    requester: Arc<Requester>,
}

impl RemoteInterface {
    pub(crate) fn new(
        description: &'static Description,
        remote: &Remote,
        base_url: &BaseUrl,
        requester: Arc<Requester>,
    ) -> Self {
        Self {
            description,
            protocol_version: remote.protocol_version(),
            endpoint: Endpoint::new(base_url, remote),
            requester,
        }
    }

    /// The rows that match a select.
    pub(crate) async fn query(&self, select: &Select) -> Result<RecordPage, Error> {
        if select.page.is_none() && !select.first_page {
            return self.every_page(select).await;
        }
        let next_to = select.page_size.filter(|_| select.same_size);
        let page = self.page(select, Paging::of(select), next_to).await?;
        Ok(RecordPage::new(page.rows, page.total_count).with_page_size(page.page.map(|(_, size)| size)))
    }

    fn understand<T>(
        &self,
        reply: Reply,
        read: impl FnOnce(&Reply) -> Result<T, Misfit>,
    ) -> Result<T, Error> {
        match read(&reply) {
            Ok(understood) => Ok(understood),
            Err(misfit) => Err(reply.misfit(self.description.name(), misfit)),
        }
    }

    /// One page, or whatever the owner answers where none is asked for. `next_to`: the size of the pages before it, which
    /// this one must have too.
    async fn page(&self, select: &Select, paging: Paging, next_to: Option<u64>) -> Result<PageReply, Error> {
        let reply = self
            .requester
            .send(Call {
                verb: "query",
                method: crate::client::Method::Post,
                url: self.endpoint.query(),
                body: Some(query_body(self.description, select, paging)?),
                read: true,
                protocol_version: self.protocol_version,
            })
            .await?;
        let limit = self.requester.max_rows();
        let answer = self.understand(reply, |reply| {
            let answer = answer::read_page(&reply.body, self.description, self.protocol_version, limit)?;
            let asked = paging.page().unwrap_or(1);
            match answer.page {
                // Rows of another page would be taken for those of this one, or asked for without end.
                Some((given, _)) if asked != given => Err(Misfit::answer(format!(
                    "the answer holds page {given}, and page {asked} was asked for"
                ))),
                // Its rows would not be the ones behind those of the pages before.
                Some((_, given)) if next_to.is_some_and(|size| size != given) => {
                    Err(Misfit::answer(format!(
                        "the size of the owner's pages became {given} while they were read; read them again"
                    )))
                }
                _ => Ok(answer),
            }
        })?;
        if answer.denied {
            return Err(Error::PermissionDenied {
                manager: self.description.name(),
                operation: Operation::Filter,
            });
        }
        // GeneralManager 0.75 overlooks a page without a size, and answers with every row.
        if answer.page.is_none() && !answer.rows.is_empty() && paging.page() > Some(1) && !paging.is_sized() {
            let manager = self.description.name();
            return Err(QueryError::UnsizedPage { manager }.into());
        }
        self.bound(answer.rows.len() as u64)?;
        Ok(answer)
    }

    /// The row of this id.
    pub(crate) async fn row(&self, id: &Value) -> Result<Record, Error> {
        let reply = self
            .requester
            .send(Call {
                verb: "detail",
                method: crate::client::Method::Get,
                url: self.endpoint.item(self.description, id)?,
                body: None,
                read: true,
                protocol_version: self.protocol_version,
            })
            .await?;
        self.understand(reply, |reply| {
            let row = answer::read_row(&reply.body, self.description, self.protocol_version)?
                .ok_or_else(|| Misfit::answer("expected one row in `items`, got none"))?;
            self.is_of(&row, id).map(|()| row)
        })
    }

    fn is_of(&self, row: &Record, id: &Value) -> Result<(), Misfit> {
        if row.get(self.description.id_index()) == id {
            Ok(())
        } else {
            Err(Misfit::answer(
                "the answer holds a row of another id than was asked for",
            ))
        }
    }

    pub(crate) async fn write(&self, write: Write) -> Result<Written, Error> {
        use crate::client::Method;
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
        let reply = self
            .requester
            .send(Call {
                verb,
                method,
                url,
                body,
                read: false,
                protocol_version: self.protocol_version,
            })
            .await?;
        let written = self.understand(reply, |reply| {
            let row = answer::read_row(&reply.body, self.description, self.protocol_version)?;
            if let (Some(row), Write::Update(id, _) | Write::Delete(id, _)) = (&row, &write) {
                self.is_of(row, id)?;
            }
            Ok(row)
        })?;
        Ok(match write {
            Write::Delete(..) => Written::Deleted,
            _ => written.map_or(Written::Unreadable, Written::Row),
        })
    }
}
