//! The close codes of the websocket: those of RFC 6455, 7.4.1, and of the contract.

/// A normal end.
pub(crate) const NORMAL: u16 = 1000;
/// The service ends.
pub(crate) const GOING_AWAY: u16 = 1001;
/// The peer violated the protocol.
pub(crate) const PROTOCOL_ERROR: u16 = 1002;
/// A message of the peer is too long.
pub(crate) const MESSAGE_TOO_BIG: u16 = 1009;
/// An unexpected condition, such as unanswered pings.
pub(crate) const INTERNAL_ERROR: u16 = 1011;
/// The service restarts. This code is from the registry of RFC 6455.
pub(crate) const SERVICE_RESTART: u16 = 1012;
/// No events are sent at present. This code is from the registry of RFC 6455.
pub(crate) const TRY_AGAIN_LATER: u16 = 1013;

/// The caller may read no row of the resource.
pub(crate) const UNAUTHORIZED: u16 = 4401;
/// The resource is unknown.
pub(crate) const UNKNOWN_RESOURCE: u16 = 4404;
/// The owner has another protocol version.
pub(crate) const WRONG_VERSION: u16 = 4406;
/// The caller's credential ended, so the caller comes again with a fresh one.
pub(crate) const CREDENTIAL_ENDED: u16 = 4408;
