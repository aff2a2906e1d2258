//! Sends the requests of the wire contract: adds their headers, and turns refusals into errors.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};
use uuid::Uuid;

use super::announced::Announced;
use super::error_response::remote_error;
use super::retry::{Outcome, Repeats};
use super::transport::{HttpRequest, HttpResponse, Parts, Transport};
use super::{ActiveCredential, CredentialSource, Held, retry};
use crate::error::{
    CredentialError, DecodeError, DecodeFailure, Error, Method, RequestLine, TransportError,
    TransportErrorKind,
};
use crate::features::telemetry::RequestMetrics;
use crate::protocol::entity_tag;
use crate::protocol::features::Features;
use crate::protocol::loop_detection;
use crate::protocol::names::{
    IDEMPOTENCY_KEY_HEADER, PROTOCOL_VERSION_HEADER, REQUEST_ID_HEADER, TRACEPARENT_HEADER, VIA_HEADER,
};
use crate::protocol::schema_hash::SchemaHash;
use crate::query::PaginationLimits;
use crate::trace::{self, TraceContext, Traced};

const AUTHORIZATION: &str = "authorization";
const IF_MATCH: &str = "if-match";
/// How often a read is sent again because the credentials stand for another identity when its response arrives.
const MAX_OTHER_IDENTITIES: u32 = 2;

/// Sends the requests of a manager with the handle's settings: credentials, retries and limits.
pub(crate) struct Requester {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) credentials: Option<CredentialSource>,
    pub(super) limits: Limits,
    pub(super) announced: Announced,
    pub(super) metrics: Arc<RequestMetrics>,
    /// The origin of the service, for spans.
    pub(super) origin: Arc<str>,
}

/// The handle's limits for reads.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) retries: usize,
    pub(crate) max_received_bytes: usize,
    /// Whether writes get an idempotency key.
    pub(crate) idempotent_writes: bool,
    /// Whether the schemas of owners are compared with the structs.
    pub(crate) check_schemas: bool,
    /// The most rows that `all` reads.
    pub(crate) max_rows: u64,
    pub(crate) pages: PaginationLimits,
}

/// A request of the wire contract.
pub(crate) struct Call {
    /// The operation, which is part of the request id.
    pub(crate) verb: &'static str,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) body: Option<Vec<u8>>,
    /// Whether the request only reads.
    pub(crate) read: bool,
    pub(crate) protocol_version: &'static str,
    /// The version that the row must have.
    pub(crate) expected_version: Option<i64>,
    /// The idempotency key of a write.
    pub(crate) key: Option<String>,
}

/// A response with a status of success.
pub(crate) struct Reply {
    pub(crate) body: Bytes,
    /// Whether it is the answer of an earlier request with the same idempotency key.
    pub(crate) is_replayed: bool,
    /// The hash of the resource's schema at the owner.
    pub(crate) schema: Option<SchemaHash>,
    request: HttpRequest,
    read: bool,
}

impl Requester {
    /// Sends the request.
    ///
    /// # Errors
    /// [`Error::Credential`] without a credential, [`Error::Transport`] without a response, and [`Error::Remote`] for a status other
    /// than success.
    pub(crate) async fn send(&self, call: Call) -> Result<Reply, Error> {
        let (read, has_key) = (call.read, call.key.is_some());
        let repeats = Repeats::of(read, has_key);
        let mut credential = self.credential().await.map_err(error_of)?;
        let traced = self.traced(&call);
        let span = traced.span().clone();
        let mut request = request(call, credential.as_deref(), traced.context());
        let mut tries = Tries::default();
        let mut is_lost = false;
        let outcome = loop {
            let sending = self.send_with_retries(&request, repeats);
            let outcome = sending.instrument(span.clone()).await;
            is_lost |= outcome.is_lost;
            let used = credential.as_deref();
            let Some(newer) = self
                .newer(used, &outcome, read, &mut tries)
                .await
                .map_err(error_of)?
            else {
                break outcome;
            };
            request = request.with_header(AUTHORIZATION, newer.authorization());
            credential = Some(Held::Renewed(newer));
        };
        if let Ok(response) = &outcome.response {
            self.announced.note(response);
        }
        note_outcome(&span, &outcome);
        match outcome.response.and_then(|response| self.check_size(response)) {
            Ok(response) if response.is_success() => Ok(Reply {
                is_replayed: response.is_replayed(),
                schema: response.schema(),
                body: response.into_body(),
                request,
                read,
            }),
            Ok(response) => {
                let line = line(&request, read, is_lost);
                let error = remote_error(line, &response, outcome.is_final);
                Err(Error::Remote(Arc::new(error)))
            }
            Err(error) => {
                let error = error.with_request(line(&request, read, is_lost), outcome.is_final);
                Err(Error::Transport(Arc::new(error)))
            }
        }
    }

    /// The span of a request, with all of its attempts.
    fn traced(&self, call: &Call) -> Traced {
        Traced::caused_by(
            info_span!(
                target: "gm::trace",
                "send",
                otel.name = call.method.name(),
                otel.kind = "client",
                otel.status_code = Empty,
                http.request.method = call.method.name(),
                http.response.status_code = Empty,
                server.address = self.origin.as_ref(),
                gm.operation = call.verb,
            ),
            trace::current(),
        )
    }

    fn send_with_retries(&self, request: &HttpRequest, repeats: Repeats) -> impl Future<Output = Outcome> {
        retry::send(
            &*self.transport,
            request,
            repeats,
            self.limits.retries,
            Some(&*self.metrics),
        )
    }

    /// The credential for a request. Only a provider makes it wait.
    async fn credential(&self) -> Result<Option<Held<'_>>, CredentialError> {
        Ok(match &self.credentials {
            None => None,
            Some(CredentialSource::Token(token)) => Some(Held::Token(token)),
            // Boxed, so that requests without a provider are not larger.
            Some(source) => Some(Held::Renewed(Box::pin(source.current()).await?)),
        })
    }

    /// The credential with which the request is sent again. `None` if the outcome counts.
    async fn newer(
        &self,
        used: Option<&ActiveCredential>,
        outcome: &Outcome,
        read: bool,
        tries: &mut Tries,
    ) -> Result<Option<Arc<ActiveCredential>>, CredentialError> {
        let (Some(used), Some(renewing)) = (
            used,
            self.credentials.as_ref().and_then(CredentialSource::renewing),
        ) else {
            return Ok(None);
        };
        let rejected = matches!(&outcome.response, Ok(response) if response.status() == 401);
        if rejected && !std::mem::replace(&mut tries.rejected, true) {
            let newer = Box::pin(renewing.after_rejection(used)).await;
            // Nothing was done, so a write is sent again, too. But what one identity wrote must not be done by another one.
            return Ok(newer.filter(|newer| read || newer.identity == used.identity));
        }
        // Readers that came after the change of identity may have joined this request before it was sent.
        if read && renewing.identity() != used.identity {
            tries.other_identities = tries.other_identities.saturating_add(1);
            if tries.other_identities > MAX_OTHER_IDENTITIES {
                return Err(CredentialError::UnstableIdentity);
            }
            return Box::pin(renewing.current()).await.map(Some);
        }
        Ok(None)
    }

    fn check_size(&self, response: HttpResponse) -> Result<HttpResponse, TransportError> {
        // The application's own transport may have no limit.
        if response.body().len() > self.limits.max_received_bytes {
            Err(TransportError::new(TransportErrorKind::ResponseTooLarge {
                limit: self.limits.max_received_bytes,
            }))
        } else {
            Ok(response)
        }
    }

    /// The extensions that the owner announced last. `None` before its first reply.
    pub(crate) fn announced(&self) -> Option<Features> {
        self.announced.last()
    }

    /// A requester with the same settings, whose replies announce nothing of the resource.
    pub(crate) fn of_batch(&self) -> Self {
        Self {
            transport: Arc::clone(&self.transport),
            credentials: self.credentials.clone(),
            limits: self.limits,
            announced: Announced::default(),
            metrics: Arc::clone(&self.metrics),
            origin: Arc::clone(&self.origin),
        }
    }

    /// A requester of small documents about the resource: with the same transport and credentials, and without retries.
    pub(crate) fn of_documents(&self, max_received_bytes: usize) -> Self {
        let limits = Limits {
            retries: 0,
            max_received_bytes: max_received_bytes.min(self.limits.max_received_bytes),
            ..self.limits
        };
        Self {
            limits,
            ..self.of_batch()
        }
    }

    /// Whether both send their requests with the same credentials.
    pub(crate) fn has_same_credentials(&self, other: &Self) -> bool {
        let key = CredentialSource::key;
        self.credentials.as_ref().map(key) == other.credentials.as_ref().map(key)
    }

    /// Whether writes get an idempotency key where the owner supports one.
    pub(crate) fn idempotent_writes(&self) -> bool {
        self.limits.idempotent_writes
    }

    /// Whether the schemas of owners are compared with the structs.
    pub(crate) fn check_schemas(&self) -> bool {
        self.limits.check_schemas
    }

    /// The limits of `all` over all its pages.
    pub(crate) fn pages_limits(&self) -> PaginationLimits {
        self.limits.pages
    }

    /// The most rows that `all` may read.
    pub(crate) fn max_rows(&self) -> u64 {
        self.limits.max_rows
    }
}

/// Adds the outcome to the span.
fn note_outcome(span: &Span, outcome: &Outcome) {
    if span.is_disabled() {
        return;
    }
    let status = outcome.response.as_ref().map(HttpResponse::status).ok();
    if let Some(status) = status {
        // OpenTelemetry has signed integers only.
        span.record("http.response.status_code", i64::from(status));
    }
    if status.is_none_or(|status| status >= 400) {
        span.record("otel.status_code", "ERROR");
    }
}

/// How often a request was sent again, and why.
#[derive(Default)]
struct Tries {
    /// The owner rejected a credential.
    rejected: bool,
    /// The credentials stood for another identity when the response arrived.
    other_identities: u32,
}

fn error_of(error: CredentialError) -> Error {
    Error::Credential(Arc::new(error))
}

fn request(call: Call, credential: Option<&ActiveCredential>, trace: Option<TraceContext>) -> HttpRequest {
    let mut headers = Vec::with_capacity(8);
    headers.extend([
        (PROTOCOL_VERSION_HEADER, Cow::Borrowed(call.protocol_version)),
        (REQUEST_ID_HEADER, Cow::Owned(request_id(call.verb))),
        ("accept", Cow::Borrowed("application/json")),
        (
            "user-agent",
            Cow::Borrowed(concat!("gm-runtime/", env!("CARGO_PKG_VERSION"))),
        ),
    ]);
    if call.body.is_some() {
        headers.push(("content-type", Cow::Borrowed("application/json")));
    }
    if let Some(credential) = credential {
        headers.push((AUTHORIZATION, Cow::Owned(credential.authorization().to_owned())));
    }
    if let Some(version) = call.expected_version {
        headers.push((IF_MATCH, Cow::Owned(entity_tag::of_version(version))));
    }
    if let Some(key) = call.key {
        headers.push((IDEMPOTENCY_KEY_HEADER, Cow::Owned(key)));
    }
    if let Some(via) = loop_detection::header() {
        headers.push((VIA_HEADER, Cow::Owned(via)));
    }
    if let Some(trace) = trace {
        headers.push((TRACEPARENT_HEADER, Cow::Owned(trace.to_string())));
    }
    HttpRequest::new(Parts {
        method: call.method,
        url: call.url,
        headers,
        body: call.body.map(Bytes::from),
    })
}

/// The part of the request that an error shows.
fn line(request: &HttpRequest, read: bool, is_lost: bool) -> RequestLine {
    let header = |wanted: &str| {
        request
            .headers()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    };
    RequestLine {
        method: request.method(),
        url: request.url().into(),
        request_id: header(REQUEST_ID_HEADER).unwrap_or_default().into(),
        read,
        key: header(IDEMPOTENCY_KEY_HEADER).map(Into::into),
        is_lost,
    }
}

fn request_id(verb: &str) -> String {
    let mut text = Uuid::encode_buffer();
    let uuid: &str = Uuid::new_v4().hyphenated().encode_lower(&mut text);
    ["gm-", verb, "-", uuid].concat()
}

impl Reply {
    /// The error for a response that could not be decoded.
    pub(crate) fn decode_error(self, manager: &'static str, failure: DecodeFailure) -> Error {
        let line = line(&self.request, self.read, false);
        Error::Decode(Arc::new(DecodeError::new(line, manager, failure)))
    }
}
