//! Names of the contract.

/// The header that carries the protocol version.
pub(crate) const PROTOCOL_VERSION_HEADER: &str = "x-general-manager-protocol-version";
/// The header that carries the request id. Sent in lower case: the Python client looks it up case-sensitively.
pub(crate) const REQUEST_ID_HEADER: &str = "x-request-id";
/// The header by which a gateway says through which ones a request came (RFC 9110, 7.6.3).
pub(crate) const VIA_HEADER: &str = "via";
/// The header by which a gateway says of a 429 or 503 that the request was sent again as often as that may help, so that
/// its callers do not multiply the requests. Others ignore it.
pub(crate) const RETRIED_HEADER: &str = "x-general-manager-retried";
/// The websocket subprotocol by which an owner promises that no event is lost in silence (R-events-1).
pub(crate) const EVENTS_SUBPROTOCOL: &str = "gm-events-1";

/// Close code: the caller may read nothing of the resource.
pub(crate) const CLOSE_UNAUTHORIZED: u16 = 4401;
/// Close code: the resource is unknown.
pub(crate) const CLOSE_UNKNOWN_RESOURCE: u16 = 4404;
/// Close code: the protocol version is another one.
pub(crate) const CLOSE_WRONG_VERSION: u16 = 4406;

/// RFC 6455, 7.4.1, and its registry: the owner stops, is restarted, or can't serve anybody now.
pub(crate) const CLOSE_GOING_AWAY: u16 = 1001;
pub(crate) const CLOSE_RESTART: u16 = 1012;
pub(crate) const CLOSE_TRY_LATER: u16 = 1013;
