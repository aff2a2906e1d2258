//! The names of the contract's headers, as actix compares them.
//!
//! A name that is a text would be parsed again for each request.

use actix_web::http::header::HeaderName;

use crate::protocol::names::{FEATURES_HEADER, PROTOCOL_VERSION_HEADER, REQUEST_ID_HEADER};

/// The header with the extensions that the resource supports.
pub(super) static FEATURES: HeaderName = HeaderName::from_static(FEATURES_HEADER);
/// The header with the protocol version.
pub(super) static PROTOCOL_VERSION: HeaderName = HeaderName::from_static(PROTOCOL_VERSION_HEADER);
/// The header with the request id.
pub(super) static REQUEST_ID: HeaderName = HeaderName::from_static(REQUEST_ID_HEADER);
