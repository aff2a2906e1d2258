//! What encoding and decoding of events share.

/// The longest event that a consumer accepts, in bytes. A typical one has 300.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// The key of the row's id in `identification`, whatever the name of the id field is.
pub(super) const ID_KEY: &str = "id";

/// The key of the trace that the change belongs to, with the value of the header of this name. Consumers ignore keys that they do
/// not know.
pub(super) const TRACE_KEY: &str = "traceparent";
