//! A request to the route of batches.

use std::cell::{Cell, OnceCell};
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;

use super::plan::Plan;
use crate::access::{NotCarriedOut, Principal, Trail, in_transaction, is_audited};
use crate::protocol::batch_body;
use crate::protocol::batch_failure::BatchFailure;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::json_body;
use crate::protocol::response_body::{self, Exchange};
use crate::server::call::{Success, check_version};
use crate::server::request_id::request_id;
use crate::server::routes::{Base, Route};
use crate::server::state::Server;
use crate::server::url::check_url;
use crate::server::{audit, body, idempotency_key, response};

/// The levels of a batch around the values of an operation: the body, the list of operations and the operation.
const LEVELS_AROUND_VALUES: usize = 3;

/// A batch for the resources of one base path.
pub(super) struct BatchCall<'a> {
    pub(super) server: &'a Server,
    pub(super) base: &'a Base,
    pub(super) request: &'a HttpRequest,
    pub(super) exchange: Exchange<'a>,
    /// The caller, for the audit log. Empty without a subscriber of the log.
    principal: OnceCell<Principal>,
    /// Whether the operation that failed has an entry in the audit log.
    has_entry: Cell<bool>,
}

/// Responds to a batch.
pub(in crate::server) async fn handle(
    server: &Server,
    base: &Base,
    request: &HttpRequest,
    mut payload: Payload,
) -> HttpResponse {
    let request_id = request_id(request, Route::Batch);
    let exchange = Exchange {
        protocol_version: base.batch_version().unwrap_or_default(),
        request_id: &request_id,
    };
    let call = BatchCall {
        server,
        base,
        request,
        exchange,
        principal: OnceCell::new(),
        has_entry: Cell::new(false),
    };
    // Code of the application may panic, such as a rule that judges a value. The transaction is rolled back then.
    let outcome = AssertUnwindSafe(call.respond(&mut payload)).catch_unwind();
    let outcome = outcome.await.unwrap_or_else(|_| {
        tracing::error!(request_id, "the handling of the batch panicked");
        Err(ErrorCode::InternalError.into())
    });
    let features = base.batch_features();
    let response = match outcome {
        Ok(success) => {
            if success.is_replayed {
                audit::replayed_batch(call.principal.get(), &call.trail());
            }
            response::success(success, exchange, features)
        }
        Err(refused) => {
            if !call.has_entry.get() {
                audit::refused_batch(call.principal.get(), &call.trail(), refused.failure.code);
            }
            response::batch_failure(&refused, exchange, features)
        }
    };
    body::retain_unread(request, response, payload)
}

impl BatchCall<'_> {
    /// The checks have the order of those of a single write. The permission of each operation is checked when it is carried out.
    async fn respond(&self, payload: &mut Payload) -> Result<Success, BatchFailure> {
        let Server {
            authentication,
            rate_limits,
            settings,
            ..
        } = self.server;
        check_url(self.server, self.request)?;
        if self.request.method() != Method::POST {
            return Err(ErrorCode::MethodNotAllowed.into());
        }
        check_version(self.request, self.exchange.protocol_version)?;
        let address = || self.address();
        rate_limits.check_address(address)?;
        let principal = authentication
            .principal(self.request, self.exchange.request_id)
            .await?;
        if is_audited() {
            // Set once for each request.
            let _ = self.principal.set(principal.clone());
        }
        rate_limits.check_principal(&principal, address)?;
        let body = body::read(self.request, payload, settings).await?;
        let identity = self.identity(&body, &principal)?;
        let levels = settings.json_depth.saturating_add(LEVELS_AROUND_VALUES);
        let object = json_body::object(&body, levels)?;
        let operations = batch_body::read(object, settings.batch_operations)?;
        rate_limits.check_batch(operations.len(), &principal, address)?;
        let trails: Vec<_> = operations.iter().map(|_| self.trail()).collect();
        let plan = Plan::new(self.base, settings, &principal, &trails, operations)?;
        let Some(first) = plan.first() else {
            return Ok(self.success(response_body::batch(&[], self.exchange)));
        };
        // A caller without the permission gets no answer of an earlier request.
        let identity = identity.filter(|_| plan.is_permitted());
        let identity =
            identity.map(|identity| idempotency_key::with_sight(identity, plan.callers().into_iter()));
        let attempt = |open| self.attempt(&plan, first, identity.as_ref(), open);
        match (
            in_transaction(first.writes(), || plan.changed_by_deletions(), attempt).await,
            identity,
        ) {
            (Ok(body), _) => Ok(self.success(body)),
            // The futures of batches with a key are boxed, so that the others are not larger.
            (Err(NotCarriedOut::Known(replay)), _) => Box::pin(self.replay(&plan, replay)).await,
            (Err(NotCarriedOut::Failed(failure)), identity) => {
                self.has_entry.set(plan.audit_refusal(&failure));
                match identity {
                    Some(identity) => Box::pin(self.remember(&plan, identity, failure)).await,
                    None => Err(failure),
                }
            }
        }
    }

    fn success(&self, body: Vec<u8>) -> Success {
        Success {
            status: StatusCode::OK,
            body,
            version: None,
            is_replayed: false,
        }
    }

    fn trail(&self) -> Trail<'_> {
        audit::trail(self.server, self.request, self.exchange.request_id)
    }

    fn address(&self) -> Option<IpAddr> {
        self.server.authentication.client_address(self.request)
    }
}
