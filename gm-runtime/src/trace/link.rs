//! The connection of spans with an exporter.

use std::sync::OnceLock;

use tracing::Span;

use super::TraceContext;

static LINK: OnceLock<Box<dyn TraceLink>> = OnceLock::new();

/// Connects the spans of `tracing` with the traces of an exporter, such as that of OpenTelemetry, whose ids `tracing` does not
/// know. It is called for spans that a subscriber has enabled.
pub trait TraceLink: Send + Sync + 'static {
    /// The span was caused by this one of another process or thread. It has not been entered yet.
    fn set_parent(&self, span: &Span, parent: TraceContext);

    /// The span as the parent of what it causes. `None` if it is in no trace.
    fn context_of(&self, span: &Span) -> Option<TraceContext>;
}

/// There is a link already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the process has a trace link already: call `set_trace_link` once")]
pub struct LinkIsSet;

/// Sets the link of the process, like the global subscriber of `tracing`.
///
/// # Errors
/// [`LinkIsSet`] at the second call.
pub fn set_trace_link(link: impl TraceLink) -> Result<(), LinkIsSet> {
    LINK.set(Box::new(link)).map_err(|_| LinkIsSet)
}

pub(super) fn link() -> Option<&'static dyn TraceLink> {
    LINK.get().map(|link| &**link)
}
