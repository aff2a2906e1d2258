//! The REST operations.

use std::panic::AssertUnwindSafe;

use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;

use super::request_id::request_id;
use super::routes::{Base, Resolved, Resource, Route};
use super::state::Server;
use super::url::{check_url, path_as_sent};
use super::{body, response, websocket};
use crate::access::{JsonPage, Principal};
use crate::error::FieldError;
use crate::field::Value;
use crate::interface::{Proposal, Write, Written};
use crate::json::{Members, MemoryBudget};
use crate::manager::{Operation, Values};
use crate::protocol::failure::{ErrorCode, Failure};
use crate::protocol::items::Items;
use crate::protocol::names::PROTOCOL_VERSION_HEADER;
use crate::protocol::names::VIA_HEADER;
use crate::protocol::query_body::{self, QueryBounds};
use crate::protocol::response_body::{Exchange, PageMetadata};
use crate::protocol::via::Refused;
use crate::protocol::write_body::{self, WriteBody, WriteKind};
use crate::protocol::{body as json_body, item_id};

/// Answers a request to one of a base path's resources.
pub(crate) async fn handle(
    server: &Server,
    base: &Base,
    request: HttpRequest,
    mut payload: Payload,
) -> HttpResponse {
    let Some(Resolved { resource, route }) = base.resolve(path_as_sent(&request)) else {
        return HttpResponse::NotFound().finish();
    };
    let request_id = request_id(&request, route);
    let (Some(resource), false) = (resource, route == Route::Events) else {
        return websocket::handshake(server, resource, &request, payload, &request_id);
    };
    let exchange = Exchange {
        protocol_version: resource.api.protocol_version(),
        request_id: &request_id,
    };
    let call = Call {
        server,
        resource,
        request: &request,
        exchange,
    };
    // Code of the application may panic, such as a rule that judges a value. The caller gets an answer all the same.
    let answer = AssertUnwindSafe(call.answer(route, &mut payload)).catch_unwind();
    let answer = answer.await.unwrap_or_else(|_| {
        tracing::error!(request_id, "the answer to the request panicked");
        Err(ErrorCode::InternalError.into())
    });
    let response = match answer {
        Ok((status, body)) => response::success(status, body, exchange),
        Err(mut failure) => {
            failure.add_remote_details(resource.description);
            let allow: Vec<_> = resource.methods(route).map(|(method, _)| method).collect();
            response::failure(&failure, exchange, &allow.join(", "))
        }
    };
    body::hold(&request, response, payload)
}

struct Call<'a> {
    server: &'a Server,
    resource: &'a Resource,
    request: &'a HttpRequest,
    exchange: Exchange<'a>,
}

type Answer = Result<(StatusCode, Vec<u8>), Failure>;

impl Call<'_> {
    async fn answer(&self, route: Route<'_>, payload: &mut Payload) -> Answer {
        check_url(self.server, self.request)?;
        if let Some(pseudonym) = self.resource.managed.pseudonym() {
            let received = self.request.headers().get_all(VIA_HEADER);
            let forwarded = pseudonym.forward(received.filter_map(|via| via.to_str().ok()));
            let forwarded = forwarded.map_err(|refused| match refused {
                Refused::Loop => self.loop_detected(),
                Refused::TooManyHops => Failure::invalid("The request came through too many gateways."),
            })?;
            return forwarded.scope(self.answer_in_order(route, payload)).await;
        }
        self.answer_in_order(route, payload).await
    }

    fn loop_detected(&self) -> Failure {
        tracing::error!(
            request_id = self.exchange.request_id,
            manager = self.resource.description.name(),
            "a request came back to the gateway that passed it on: look at the `base_url`s of the gateways"
        );
        Failure::loop_detected()
    }

    /// The contract defines the order of the checks.
    async fn answer_in_order(&self, route: Route<'_>, payload: &mut Payload) -> Answer {
        let operation = match route {
            Route::Item(_) => {
                self.check_version()?;
                self.operation(route)?
            }
            _ => {
                let operation = self.operation(route)?;
                self.check_version()?;
                operation
            }
        };
        let principal = self.server.credentials.principal(self.request.headers())?;
        let id = match route {
            Route::Item(segment) => item_id::read(segment, self.resource.description)?,
            _ => None,
        };
        match operation {
            Operation::Filter => self.query(payload, &principal).await,
            Operation::Detail => self.detail(id, &principal).await,
            Operation::Create => self.create(payload, &principal).await,
            Operation::Update => self.update(id, payload, &principal).await,
            Operation::Delete => self.delete(id, payload, &principal).await,
        }
    }

    fn operation(&self, route: Route<'_>) -> Result<Operation, Failure> {
        let sent: &Method = self.request.method();
        self.resource
            .methods(route)
            .find(|(method, _)| sent == *method)
            .map(|(_, operation)| operation)
            .ok_or_else(|| ErrorCode::MethodNotAllowed.into())
    }

    /// A request without the header is accepted. Another version, and the header twice, are refused.
    fn check_version(&self) -> Result<(), Failure> {
        let expected = self.exchange.protocol_version.as_bytes();
        let mut sent = self.request.headers().get_all(PROTOCOL_VERSION_HEADER);
        match (sent.next(), sent.next()) {
            (None, _) => Ok(()),
            (Some(version), None) if version.as_bytes().trim_ascii() == expected => Ok(()),
            _ => Err(Failure::invalid("the protocol version is not this resource's")),
        }
    }

    async fn body(&self, payload: &mut Payload) -> Result<Bytes, Failure> {
        body::read(self.request, payload, &self.server.settings).await
    }

    fn object<'b>(&self, body: &'b Bytes) -> Result<Members<'b>, Failure> {
        json_body::object(body, self.server.settings.json_depth)
    }

    fn write_body<'b>(&self, body: &'b Bytes, kind: WriteKind) -> Result<WriteBody<'b>, Failure> {
        write_body::read(self.object(body)?, self.resource.description, kind)
    }

    async fn query(&self, payload: &mut Payload, principal: &Principal) -> Answer {
        let body = self.body(payload).await?;
        let bounds = QueryBounds {
            lookups: self.server.settings.lookups,
            list_members: self.server.settings.list_members,
            json_bytes: self.server.settings.json_bytes(),
        };
        let Resource {
            managed, rows, api, ..
        } = self.resource;
        let query = query_body::read(self.object(&body)?, self.resource.description, api, bounds)?;
        if !query.ignored.is_empty() {
            let request_id = self.exchange.request_id;
            let manager = self.resource.description.name();
            let keys = &query.ignored;
            tracing::warn!(
                request_id,
                manager,
                ?keys,
                "a query has keys that are not known, and are ignored"
            );
        }
        let number = query.page();
        let read = managed.json_page(query.select, rows, principal).await;
        let JsonPage { page, denied } = read.map_err(Failure::of_query)?;
        let of = PageMetadata {
            total_count: page.total_count,
            ordering: &query.ordering,
            page: page.page_size.map(|_| number),
            page_size: page.page_size,
            denied,
            ignored: &query.ignored,
        };
        Ok((StatusCode::OK, page.items.page(of, self.exchange)))
    }

    async fn detail(&self, id: Option<Value>, principal: &Principal) -> Answer {
        let id = id.ok_or(ErrorCode::NotFound)?;
        let Resource { managed, rows, .. } = self.resource;
        let item = managed.json_row(&id, rows, principal).await?;
        Ok((StatusCode::OK, item.reply(self.exchange)))
    }

    async fn create(&self, payload: &mut Payload, principal: &Principal) -> Answer {
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

    async fn update(&self, id: Option<Value>, payload: &mut Payload, principal: &Principal) -> Answer {
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

    async fn delete(&self, id: Option<Value>, payload: &mut Payload, principal: &Principal) -> Answer {
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

    /// Refuses a text id that is too long for a URL: no caller could read, change or delete the row.
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
        // The write is done. A row that is too large for an answer is answered like one that the caller may not read.
        let items = self.resource.rows.items(row.into_iter());
        items.unwrap_or_else(|_| Items::of(0)).reply(self.exchange)
    }
}
