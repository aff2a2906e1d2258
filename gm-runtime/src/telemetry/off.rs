//! The room `telemetry` if the feature `metrics` is off: nothing is measured.

use std::time::Duration;

use crate::error::Operation;

pub(crate) struct RouteMetrics;

pub(crate) struct TimedRequest<'a>(std::marker::PhantomData<&'a RouteMetrics>);

pub(crate) struct RequestMetrics;

pub(crate) struct SentRequest<'a>(std::marker::PhantomData<&'a RequestMetrics>);

pub(crate) struct TableMetrics;

pub(crate) struct CommitMetrics;

pub(crate) struct HubMetrics;

pub(crate) struct CacheMetrics;

pub(crate) struct CacheSample<'a> {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    pub(crate) joins: u64,
    pub(crate) discarded: u64,
    pub(crate) causes: &'a [u64],
    pub(crate) invalidations: [u64; 4],
    pub(crate) live: bool,
    pub(crate) lease_age: Option<Duration>,
}

pub(crate) struct HandleMetrics;

impl RouteMetrics {
    pub(crate) fn new(_: impl FnOnce() -> Option<String>) -> Self {
        Self
    }

    pub(crate) fn begin(&self, _: &str, _: bool) -> Option<TimedRequest<'_>> {
        None
    }
}

impl TimedRequest<'_> {
    pub(crate) fn end(_: Option<Self>, _: u16) {}
}

impl RequestMetrics {
    pub(crate) fn new(_: &str, _: &str) -> Self {
        Self
    }

    pub(crate) fn begin(&self, _: &str) -> Option<SentRequest<'_>> {
        None
    }
}

impl SentRequest<'_> {
    pub(crate) fn end(_: Option<Self>, _: Result<u16, &'static str>) {}
}

impl TableMetrics {
    pub(crate) fn new(_: &'static str, _: &str) -> Self {
        Self
    }

    pub(crate) fn begin<T, E>(
        &self,
        _: Option<Operation>,
    ) -> impl FnOnce(Result<T, E>) -> Result<T, E> + Send + use<T, E> {
        std::convert::identity
    }
}

impl CommitMetrics {
    pub(crate) fn new(_: &'static str) -> Self {
        Self
    }

    pub(crate) fn committed(&self, _: usize) {}
}

impl HubMetrics {
    pub(crate) fn new(_: &'static str) -> Self {
        Self
    }

    pub(crate) fn published(&self) {}

    pub(crate) fn folded(&self) {}

    pub(crate) fn entered(&self) {}

    pub(crate) fn left(&self) {}
}

impl CacheMetrics {
    pub(crate) fn new(_: &'static str, _: &'static str, _: &[&'static str]) -> Self {
        Self
    }

    pub(crate) fn set(&self, _: &CacheSample<'_>) {}
}

impl HandleMetrics {
    pub(crate) fn new() -> Self {
        Self
    }
}
