//! The names of the contract's headers, as actix compares them.
//!
//! A name that is a text would be parsed again for each request.

use actix_web::http::header::HeaderName;

use crate::protocol::names::{
    FEATURES_HEADER, IDEMPOTENCY_KEY_HEADER, PROTOCOL_VERSION_HEADER, REPLAYED_HEADER, REQUEST_ID_HEADER,
    SCHEMA_HEADER, TRACEPARENT_HEADER,
};

/// The header with the extensions that the resource supports.
pub(super) static FEATURES: HeaderName = HeaderName::from_static(FEATURES_HEADER);
/// The header with the idempotency key of a write.
pub(super) static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static(IDEMPOTENCY_KEY_HEADER);
/// The header of an answer to an earlier request.
pub(super) static REPLAYED: HeaderName = HeaderName::from_static(REPLAYED_HEADER);
/// The header with the protocol version.
pub(super) static PROTOCOL_VERSION: HeaderName = HeaderName::from_static(PROTOCOL_VERSION_HEADER);
/// The header with the request id.
pub(super) static REQUEST_ID: HeaderName = HeaderName::from_static(REQUEST_ID_HEADER);
/// The header with the hash of the resource's schema.
pub(super) static SCHEMA: HeaderName = HeaderName::from_static(SCHEMA_HEADER);
/// The header with the trace of a request.
pub(super) static TRACEPARENT: HeaderName = HeaderName::from_static(TRACEPARENT_HEADER);
