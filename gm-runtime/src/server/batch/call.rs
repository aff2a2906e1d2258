//! A request to the route of batches.

use std::cell::{Cell, OnceCell};
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use actix_web::http::{Method, StatusCode};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;

use super::plan::Plan;
use super::run::run;
use crate::access::{Principal, Trail, in_transaction, is_audited};
use crate::protocol::batch_body;
use crate::protocol::batch_failure::BatchFailure;
use crate::protocol::error_code::ErrorCode;
use crate::protocol::failure::Failure;
use crate::protocol::features::Features;
use crate::protocol::json_body;
use crate::protocol::response_body::{self, Exchange};
use crate::server::call::{Success, check_version};
use crate::server::header_names::IDEMPOTENCY_KEY;
use crate::server::request_id::request_id;
use crate::server::routes::{Base, Route};
use crate::server::state::Server;
use crate::server::url::check_url;
use crate::server::{audit, body, response};

/// The levels of a batch around the values of an operation: the body, the list of operations and the operation.
const LEVELS_AROUND_VALUES: usize = 3;

/// A batch for the resources of one base path.
struct BatchCall<'a> {
    server: &'a Server,
    base: &'a Base,
    request: &'a HttpRequest,
    exchange: Exchange<'a>,
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
    let response = match outcome {
        Ok(success) => response::success(success, exchange, Features::BATCH),
        Err(refused) => {
            if !call.has_entry.get() {
                audit::refused_batch(call.principal.get(), &call.trail(), refused.failure.code);
            }
            response::batch_failure(&refused, exchange)
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
        if self.request.headers().contains_key(&IDEMPOTENCY_KEY) {
            // Ignored, it would let the batch be carried out twice.
            return Err(Failure::invalid("a batch does not support `Idempotency-Key`").into());
        }
        let body = body::read(self.request, payload, settings).await?;
        let levels = settings.json_depth.saturating_add(LEVELS_AROUND_VALUES);
        let object = json_body::object(&body, levels)?;
        let operations = batch_body::read(object, settings.batch_operations)?;
        rate_limits.check_batch(operations.len(), &principal, address)?;
        let trails: Vec<_> = operations.iter().map(|_| self.trail()).collect();
        let plan = Plan::new(self.base, settings, &principal, &trails, operations)?;
        let Some(writes) = plan.writes() else {
            return Ok(self.success(&[]));
        };
        let attempt = |open| run(&plan, open, self.exchange.request_id);
        match in_transaction(writes, attempt).await {
            Ok(results) => Ok(self.success(&results)),
            Err(failure) => {
                self.has_entry.set(plan.audit_refusal(&failure));
                Err(failure)
            }
        }
    }

    fn success(&self, results: &[Vec<u8>]) -> Success {
        Success {
            status: StatusCode::OK,
            body: response_body::batch(results, self.exchange),
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
