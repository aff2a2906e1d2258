//! The headers and the websocket subprotocol of the contract.

/// The header with the protocol version.
pub(crate) const PROTOCOL_VERSION_HEADER: &str = "x-general-manager-protocol-version";
/// The header with the request id. It is lower case, since the Python client searches for it case-sensitively.
pub(crate) const REQUEST_ID_HEADER: &str = "x-request-id";
/// The header of an owner's replies with the extensions that it supports.
pub(crate) const FEATURES_HEADER: &str = "x-general-manager-features";
/// The header of an owner's replies with the hash of the resource's schema, as the caller may see it.
pub(crate) const SCHEMA_HEADER: &str = "x-general-manager-schema";
/// The header of a write that is carried out once, however often it is sent.
pub(crate) const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";
/// The header of an answer to an earlier request with the same idempotency key.
pub(crate) const REPLAYED_HEADER: &str = "idempotency-replayed";
/// The header with the gateways that forwarded a request (RFC 9110, 7.6.3).
pub(crate) const VIA_HEADER: &str = "via";
/// The header with the trace of a request (W3C Trace Context).
pub(crate) const TRACEPARENT_HEADER: &str = "traceparent";
/// The header of a 429, 500 or 503 from a gateway that made the useful retries already, so that its callers do not multiply
/// them. Other services ignore it.
pub(crate) const RETRIED_HEADER: &str = "x-general-manager-retried";
/// The beginning of the websocket subprotocol that holds a token, in base64url. It is never selected.
pub(crate) const TOKEN_SUBPROTOCOL: &str = "gm-token.";
/// The websocket subprotocol of an owner that guarantees its events: none is lost unnoticed (R-events-1).
pub(crate) const EVENTS_SUBPROTOCOL: &str = "gm-events-1";
