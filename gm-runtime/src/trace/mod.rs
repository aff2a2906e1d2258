//! Traces that lead through several services: W3C's Trace Context, and the spans of the framework.
//!
//! A trace context that comes with a request (`traceparent`) goes on with the requests and the events that the request causes, and
//! from an event to the reads of the consumers that it causes. The spans are those of [`tracing`](https://docs.rs/tracing). A
//! [`TraceLink`] connects them with an exporter, such as that of OpenTelemetry. The guide's page "Traces" has a whole program.

mod context;
mod current;
mod link;
mod span;

pub use context::TraceContext;
pub use current::{current, scope};
pub(crate) use current::{inherit, scoped, within};
pub use link::{LinkIsSet, TraceLink, set_trace_link};
pub(crate) use span::Traced;
