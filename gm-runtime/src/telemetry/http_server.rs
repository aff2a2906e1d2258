//! The requests to this service.

use std::sync::OnceLock;

use metrics::{Gauge, Histogram, Label, gauge, histogram};

use super::names::{SERVER_ACTIVE, SERVER_DURATION, describe};
use super::statuses::{PLACES, place_of, text_at};
use super::timer::InProgress;

/// The methods that have a label of their own.
const METHODS: [&str; 9] = [
    "GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE", "CONNECT",
];

const OTHER: &str = "_OTHER";

/// The metrics of one route. A method or a status that never comes has none.
pub(crate) struct RouteMetrics {
    /// The template of the path. `None` for one that is not known.
    route: Option<String>,
    methods: [OnceLock<Box<MethodMetrics>>; METHODS.len() + 1],
}

/// The metrics of one method of a route, without and with TLS.
struct MethodMetrics([OnceLock<SchemeMetrics>; 2]);

struct SchemeMetrics {
    labels: Vec<Label>,
    active: Gauge,
    durations: [OnceLock<Histogram>; PLACES],
}

/// A request in progress.
pub(crate) struct TimedRequest<'a> {
    metrics: &'a SchemeMetrics,
    progress: InProgress,
}

impl RouteMetrics {
    pub(crate) fn new(route: impl FnOnce() -> Option<String>) -> Self {
        describe();
        Self {
            route: route(),
            methods: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    /// Begins a request.
    pub(crate) fn begin(&self, method: &str, is_secure: bool) -> Option<TimedRequest<'_>> {
        let known = METHODS.iter().position(|known| *known == method);
        let place = known.unwrap_or(METHODS.len());
        let method = self.methods.get(place)?.get_or_init(Box::default);
        let scheme = method.0.get(usize::from(is_secure))?;
        let metrics = scheme.get_or_init(|| SchemeMetrics::new(self.route.as_deref(), place, is_secure));
        Some(TimedRequest {
            metrics,
            progress: InProgress::begin(&metrics.active),
        })
    }
}

impl Default for MethodMetrics {
    fn default() -> Self {
        Self([OnceLock::new(), OnceLock::new()])
    }
}

impl SchemeMetrics {
    fn new(route: Option<&str>, method: usize, is_secure: bool) -> Self {
        let method = METHODS.get(method).copied().unwrap_or(OTHER);
        let scheme = if is_secure { "https" } else { "http" };
        let mut labels = vec![
            Label::from_static_parts("http.request.method", method),
            Label::from_static_parts("url.scheme", scheme),
        ];
        let active = gauge!(SERVER_ACTIVE, labels.clone());
        labels.extend(route.map(|route| Label::new("http.route", route.to_owned())));
        Self {
            labels,
            active,
            durations: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    fn duration(&self, status: u16) -> Option<&Histogram> {
        let place = place_of(status);
        Some(self.durations.get(place)?.get_or_init(|| {
            let mut labels = self.labels.clone();
            if let Some(text) = text_at(place) {
                if status >= 500 {
                    labels.push(Label::new("error.type", text.clone()));
                }
                labels.push(Label::new("http.response.status_code", text));
            }
            histogram!(SERVER_DURATION, labels)
        }))
    }
}

impl TimedRequest<'_> {
    /// The response is ready. A request whose caller has left before has no duration.
    pub(crate) fn end(timed: Option<Self>, status: u16) {
        if let Some(timed) = timed
            && let Some(duration) = timed.metrics.duration(status)
        {
            timed.progress.record(duration);
        }
    }
}
