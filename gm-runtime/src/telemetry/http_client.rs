//! The requests to another service.

use std::sync::OnceLock;

use metrics::{Gauge, Histogram, Label, gauge, histogram};

use super::names::{CLIENT_ACTIVE, CLIENT_DURATION, describe};
use super::server_address::address_labels;
use super::statuses::{PLACES, place_of, text_at};
use super::timer::InProgress;

const METHODS: [&str; 4] = ["GET", "POST", "PATCH", "DELETE"];

/// The kinds of errors without a response, as their label has them.
const ERRORS: [&str; 8] = [
    "request",
    "connect",
    "tls",
    "timeout",
    "closed",
    "malformed",
    "response_too_large",
    "stopped",
];

/// The metrics of the requests of one manager to its service.
pub(crate) struct RequestMetrics {
    methods: [MethodMetrics; METHODS.len()],
}

struct MethodMetrics {
    labels: Vec<Label>,
    active: Gauge,
    durations: [OnceLock<Histogram>; PLACES],
    errors: [OnceLock<Histogram>; ERRORS.len()],
}

/// A request in progress.
pub(crate) struct SentRequest<'a> {
    metrics: &'a MethodMetrics,
    progress: InProgress,
}

impl RequestMetrics {
    /// The metrics of the requests for this resource. `origin` is that of the service, `https://host:port`.
    pub(crate) fn new(origin: &str, resource: &str) -> Self {
        describe();
        let scheme = origin.split_once("://").map_or("http", |(scheme, _)| scheme);
        let labels = |method| {
            let mut labels = vec![
                Label::from_static_parts("http.request.method", method),
                Label::new("url.scheme", scheme.to_owned()),
                Label::new("gm.resource", resource.to_owned()),
            ];
            labels.extend(address_labels(origin));
            labels
        };
        Self {
            methods: METHODS.map(|method| MethodMetrics::new(labels(method))),
        }
    }

    /// Begins an attempt. `None` for a method that the contract does not have.
    pub(crate) fn begin(&self, method: &str) -> Option<SentRequest<'_>> {
        let place = METHODS.iter().position(|known| *known == method)?;
        let metrics = self.methods.get(place)?;
        Some(SentRequest {
            metrics,
            progress: InProgress::begin(&metrics.active),
        })
    }
}

impl MethodMetrics {
    fn new(labels: Vec<Label>) -> Self {
        Self {
            active: gauge!(CLIENT_ACTIVE, labels.clone()),
            labels,
            durations: std::array::from_fn(|_| OnceLock::new()),
            errors: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    fn with(&self, more: impl IntoIterator<Item = Label>) -> Histogram {
        let mut labels = self.labels.clone();
        labels.extend(more);
        histogram!(CLIENT_DURATION, labels)
    }

    fn of_status(&self, status: u16) -> Option<&Histogram> {
        let place = place_of(status);
        Some(self.durations.get(place)?.get_or_init(|| {
            let text = text_at(place);
            let error = match &text {
                None => Some("_OTHER".to_owned()),
                Some(text) if status >= 400 => Some(text.clone()),
                Some(_) => None,
            };
            let status = text.map(|text| Label::new("http.response.status_code", text));
            let error = error.map(|error| Label::new("error.type", error));
            self.with(status.into_iter().chain(error))
        }))
    }

    fn of_error(&self, error: &'static str) -> Option<&Histogram> {
        let place = ERRORS.iter().position(|known| *known == error)?;
        let with_error = || self.with([Label::from_static_parts("error.type", error)]);
        Some(self.errors.get(place)?.get_or_init(with_error))
    }
}

impl SentRequest<'_> {
    /// The attempt has ended, with this status or this kind of error.
    pub(crate) fn end(sent: Option<Self>, outcome: Result<u16, &'static str>) {
        let Some(sent) = sent else { return };
        let duration = match outcome {
            Ok(status) => sent.metrics.of_status(status),
            Err(error) => sent.metrics.of_error(error),
        };
        if let Some(duration) = duration {
            sent.progress.record(duration);
        }
    }
}
