//! The dashboard's queries name metrics and labels that a scrape has.

use std::collections::{BTreeMap, BTreeSet};

use gm_tests::conformance::{self, Project, ProjectCreate};
use gm_tests::raw::Request;
use serde_json::Value;

use crate::remote_project::{RemoteProject, live};
use crate::scrape::{Scrape, exporter};
use crate::service::Service;

/// A metric in a query, with the labels that the query names with it.
#[derive(Debug)]
struct Named {
    metric: String,
    labels: BTreeSet<String>,
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The metrics of a query, which are written `name{..}`, with all labels that the query names.
fn named(query: &str) -> Vec<Named> {
    let words = query.split(|character| !is_name(character));
    let prefixes = ["http_", "url_", "server_", "error_", "db_", "gm_"];
    let known: BTreeSet<&str> = words
        .filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)))
        .collect();
    let is_metric = |word: &&str| query.contains(&format!("{word}{{"));
    let (metrics, labels): (Vec<&str>, Vec<&str>) = known.into_iter().partition(is_metric);
    let labels: BTreeSet<_> = labels.into_iter().map(str::to_owned).collect();
    let name = |metric: &str| Named {
        metric: metric.to_owned(),
        labels: labels.clone(),
    };
    metrics.into_iter().map(name).collect()
}

/// A scrape of a service and its consumer after one of everything.
async fn scrape() -> Scrape {
    exporter();
    let owner = conformance::builder()
        .database("sqlite::memory:")
        .build()
        .await
        .unwrap();
    let owner = Service::of(owner);
    let new = ProjectCreate {
        name: "Alpha".into(),
        status: "active".into(),
    };
    let row = Project::create(new).exec(&owner.gm).await.unwrap();
    let consumer = live(&owner).await;
    RemoteProject::get(&consumer, row.id).await.unwrap();
    owner.send(Request::new("GET", "/internal/gm/projects/7")).await;
    // Without an answer.
    let unreachable = crate::remote_project::consumer("http://127.0.0.1:1")
        .build()
        .await
        .unwrap();
    RemoteProject::get(&unreachable, 1).await.unwrap_err();
    consumer.collect_metrics();
    owner.gm.collect_metrics();
    owner.stop().await;
    Scrape::now()
}

#[tokio::test]
async fn each_query_of_the_dashboard_finds_its_metrics_and_labels() {
    let scrape = scrape().await;
    let mut series: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, labels) in scrape.names() {
        series
            .entry(name)
            .or_default()
            .extend(labels.keys().map(String::as_str));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/operations/grafana.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let mut shown = BTreeSet::new();
    for target in targets {
        let query = target["expr"].as_str().unwrap();
        let named = named(query);
        assert!(!named.is_empty(), "{query}");
        for Named { metric, labels } in named {
            let known = series.get(metric.as_str());
            let known = known.unwrap_or_else(|| panic!("no series `{metric}`, for {query}"));
            for label in &labels {
                assert!(
                    known.contains(label.as_str()),
                    "`{metric}` has no `{label}`, for {query}"
                );
            }
            let legend = target["legendFormat"].as_str().unwrap();
            for label in legend
                .split("{{")
                .skip(1)
                .filter_map(|rest| rest.split("}}").next())
            {
                assert!(query.contains(label), "{legend} for {query}");
            }
            shown.insert(metric);
        }
    }
    // And it leaves none out. A histogram has several names.
    let base = |name: &str| {
        let suffixes = ["_bucket", "_count", "_sum"];
        let cut = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
        cut.unwrap_or(name).to_owned()
    };
    let shown: BTreeSet<_> = shown.iter().map(|name| base(name)).collect();
    let missing: Vec<_> = series
        .keys()
        .filter(|name| !shown.contains(&base(name)))
        .collect();
    assert!(missing.is_empty(), "the dashboard does not show {missing:?}");
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
}
