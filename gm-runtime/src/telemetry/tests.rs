//! Metrics are registered once, and a bounded number of them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::{RequestMetrics, RouteMetrics, SentRequest, TimedRequest};

/// Counts what is registered.
#[derive(Default)]
struct Registered {
    keys: Mutex<Vec<String>>,
}

impl Registered {
    fn note(&self, key: &Key) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.push(key.to_string());
    }

    /// How often something was registered, and how many series there are.
    fn counts(&self) -> (usize, usize) {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        (keys.len(), keys.iter().collect::<BTreeSet<_>>().len())
    }
}

impl Recorder for Registered {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.note(key);
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.note(key);
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.note(key);
        Histogram::noop()
    }
}

#[test]
fn two_hundred_routes_register_each_series_once() {
    let registered = Registered::default();
    metrics::with_local_recorder(&registered, || {
        let routes: Vec<_> = (0..200)
            .map(|number| RouteMetrics::new(|| Some(format!("/gm/things-{number}/{{id}}"))))
            .collect();
        assert_eq!(registered.counts().0, 0, "nothing before the first request");
        for _ in 0..3 {
            for route in &routes {
                for status in [200, 404] {
                    TimedRequest::end(route.begin("GET", false), status);
                }
            }
            // The requests in progress have no route, so the places of all routes are one series.
            assert_eq!(registered.counts(), (600, 401));
        }
    });
}

#[test]
fn methods_and_statuses_that_peers_invent_add_one_series() {
    let registered = Registered::default();
    metrics::with_local_recorder(&registered, || {
        let route = RouteMetrics::new(|| Some("/gm/things".to_owned()));
        for method in 0..1000 {
            TimedRequest::end(route.begin(&format!("METHOD{method}"), true), 405);
        }
        assert_eq!(registered.counts(), (2, 2));

        let sent = RequestMetrics::new("http://projects.example.com", "projects");
        let before = registered.counts();
        for status in 600..=u16::MAX {
            SentRequest::end(sent.begin("GET"), Ok(status));
        }
        SentRequest::end(sent.begin("GET"), Err("connect"));
        SentRequest::end(sent.begin("GET"), Err("connect"));
        assert_eq!(registered.counts(), (before.0 + 2, before.1 + 2));
    });
}
