//! The metrics of the process, as Prometheus reads them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use gm_runtime::telemetry::HISTOGRAM_BUCKETS;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Installs the exporter, once in a process.
pub(crate) fn exporter() -> &'static PrometheusHandle {
    static EXPORTER: OnceLock<PrometheusHandle> = OnceLock::new();
    EXPORTER.get_or_init(|| {
        let mut builder = PrometheusBuilder::new().with_recommended_naming(true);
        for (name, bounds) in HISTOGRAM_BUCKETS {
            let name = Matcher::Full((*name).to_owned());
            builder = builder.set_buckets_for_metric(name, bounds).unwrap();
        }
        builder.install_recorder().unwrap()
    })
}

/// A series: its name and its labels.
pub(crate) type Series = (String, BTreeMap<String, String>);

/// A scrape in Prometheus' text format.
pub(crate) struct Scrape(pub(crate) BTreeMap<Series, f64>);

impl Scrape {
    pub(crate) fn now() -> Self {
        Self::parse(&exporter().render())
    }

    /// Reads the text. Panics if it is not of the format.
    pub(crate) fn parse(text: &str) -> Self {
        let samples = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(samples.map(sample).collect())
    }

    /// The sum of the series of this name that have these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |series: &Series| {
            series.0 == name
                && labels
                    .iter()
                    .all(|(key, value)| series.1.get(*key).map(String::as_str) == Some(*value))
        };
        self.0
            .iter()
            .filter(|(series, _)| has(series))
            .map(|(_, value)| value)
            .sum()
    }

    /// The series that others of the process do not have.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Series> {
        self.0.keys()
    }
}

/// `name{key="value",..} number`
fn sample(line: &str) -> (Series, f64) {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let value = value.parse().expect("a number");
    let Some((name, rest)) = series.split_once('{') else {
        return ((series.to_owned(), BTreeMap::new()), value);
    };
    let rest = rest.strip_suffix('}').expect("the end of the labels");
    let mut labels = BTreeMap::new();
    // No value of a label contains a quotation mark.
    for label in rest.split("\",").filter(|label| !label.is_empty()) {
        let (key, value) = label.split_once("=\"").expect("a label");
        let is_name = key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        assert!(is_name, "{key}");
        labels.insert(key.to_owned(), value.trim_end_matches('"').to_owned());
    }
    ((name.to_owned(), labels), value)
}
