//! A span with its trace context.

use std::future::Future;

use futures_util::future::Either;
use tracing::{Instrument as _, Span};

use super::TraceContext;
use super::current::{current, scoped, within};
use super::link::link;

/// A span, and the context of what it causes.
#[derive(Debug)]
pub(crate) struct Traced {
    span: Span,
    context: Option<TraceContext>,
}

impl Traced {
    /// A span that was caused by this one of another process or thread, if there is one.
    #[inline]
    pub(crate) fn caused_by(span: Span, parent: Option<TraceContext>) -> Self {
        if span.is_disabled() {
            return Self {
                span,
                context: parent,
            };
        }
        let Some(link) = link() else {
            return Self {
                span,
                context: parent,
            };
        };
        if let Some(parent) = parent {
            link.set_parent(&span, parent);
        }
        Self {
            context: link.context_of(&span).or(parent),
            span,
        }
    }

    /// A span within what this task or thread does now. It changes nothing unless a subscriber wants it.
    #[inline]
    pub(crate) fn here(span: Span) -> Self {
        match span.is_disabled() {
            true => Self { span, context: None },
            false => Self::caused_by(span, current()),
        }
    }

    /// The context of what the span causes: its own, or that of the task without a link.
    pub(crate) fn context(&self) -> Option<TraceContext> {
        self.context.or_else(current)
    }

    /// Whether no subscriber wants the span, and there is no trace to continue.
    #[inline]
    pub(crate) fn is_off(&self) -> bool {
        self.context.is_none() && self.span.is_disabled()
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Runs a future within the span.
    pub(crate) fn run<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        match self.is_off() {
            true => Either::Right(future),
            false => Either::Left(scoped(self.context, future).instrument(self.span)),
        }
    }

    /// Runs code within the span.
    pub(crate) fn run_now<T>(&self, run: impl FnOnce() -> T) -> T {
        match self.is_off() {
            true => run(),
            false => self.span.in_scope(|| within(self.context, run)),
        }
    }
}
