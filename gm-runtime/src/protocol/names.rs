//! Headers, the subprotocol and close codes of the contract.

/// The header with the protocol version.
pub(crate) const PROTOCOL_VERSION_HEADER: &str = "x-general-manager-protocol-version";
/// The header with the request id. It is lower case, since the Python client searches for it case-sensitively.
pub(crate) const REQUEST_ID_HEADER: &str = "x-request-id";
/// The header with the gateways that forwarded a request (RFC 9110, 7.6.3).
pub(crate) const VIA_HEADER: &str = "via";
/// The header of a 429 or 503 from a gateway that made the useful retries already, so that its callers do not multiply them.
/// Other services ignore it.
pub(crate) const RETRIED_HEADER: &str = "x-general-manager-retried";
/// The websocket subprotocol of an owner that guarantees its events: none is lost unnoticed (R-events-1).
pub(crate) const EVENTS_SUBPROTOCOL: &str = "gm-events-1";

/// Close code: the caller may read no row of the resource.
pub(crate) const CLOSE_UNAUTHORIZED: u16 = 4401;
/// Close code: the resource is unknown.
pub(crate) const CLOSE_UNKNOWN_RESOURCE: u16 = 4404;
/// Close code: the owner has another protocol version.
pub(crate) const CLOSE_WRONG_VERSION: u16 = 4406;

/// Close codes of RFC 6455, 7.4.1, and its registry: the owner stops, restarts, or can't serve at present.
pub(crate) const CLOSE_GOING_AWAY: u16 = 1001;
pub(crate) const CLOSE_RESTART: u16 = 1012;
pub(crate) const CLOSE_TRY_LATER: u16 = 1013;
