//! The spans of the process, as OpenTelemetry's exporter gets them.

use std::sync::OnceLock;

use gm_runtime::trace::{TraceContext, TraceLink, set_trace_link};
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// Connects the spans of `tracing` with those of OpenTelemetry.
struct OpenTelemetryLink;

impl TraceLink for OpenTelemetryLink {
    fn set_parent(&self, span: &Span, parent: TraceContext) {
        let flags = match parent.is_sampled() {
            true => TraceFlags::SAMPLED,
            false => TraceFlags::default(),
        };
        let parent = SpanContext::new(
            TraceId::from(parent.trace_id()),
            SpanId::from(parent.span_id()),
            flags,
            true,
            TraceState::default(),
        );
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }

    fn context_of(&self, span: &Span) -> Option<TraceContext> {
        let context = span.context();
        let context = context.span().span_context().clone();
        TraceContext::new(
            u128::from_be_bytes(context.trace_id().to_bytes()),
            u64::from_be_bytes(context.span_id().to_bytes()),
            context.is_sampled(),
        )
    }
}

/// Exports the spans from now on, once in a process.
pub(crate) fn exporter() -> &'static InMemorySpanExporter {
    static EXPORTER: OnceLock<(InMemorySpanExporter, SdkTracerProvider)> = OnceLock::new();
    let (exporter, _) = EXPORTER.get_or_init(|| {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("gm"))
            .with_filter(Targets::new().with_target("gm::trace", LevelFilter::DEBUG));
        tracing_subscriber::registry().with(layer).init();
        set_trace_link(OpenTelemetryLink).unwrap();
        (exporter, provider)
    });
    exporter
}

/// The spans of a trace that have ended.
pub(crate) fn spans_of(trace_id: u128) -> Vec<SpanData> {
    let spans = exporter().get_finished_spans().unwrap();
    let is_of_trace = |span: &SpanData| span.span_context.trace_id() == TraceId::from(trace_id);
    spans.into_iter().filter(is_of_trace).collect()
}
