//! Every recorded case of the wire contract, over real sockets. Each group of cases has a new database.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod case;
mod expectation;
mod mutated;
mod rules;
mod scope;
mod seeded;
mod stopping;

use case::{Case, groups};
use gm_tests::conformance::Running;
use gm_tests::recorded;
use seeded::Seeded;

async fn run(seeded: Seeded, file: &str) {
    let mut failures = Vec::new();
    for group in groups(file) {
        let service = seeded.serve().await;
        failures.extend(answer_as_recorded(&service.running, &group).await);
        service.stop().await;
    }
    assert!(
        failures.is_empty(),
        "{} cases fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Sends the cases of a group. Returns those with another response than recorded.
async fn answer_as_recorded(service: &Running, group: &[Case]) -> Vec<String> {
    let mut failures = Vec::new();
    for case in group {
        let response = case.request.send(service.address).await;
        let mismatches = match &response {
            Ok(response) => case.expect.mismatches(response, &case.request),
            Err(error) => vec![error.to_string()],
        };
        if !mismatches.is_empty() {
            let body = response.map(|response| String::from_utf8_lossy(&response.body).into_owned());
            failures.push(format!("{}: {mismatches:#?} in {body:?}", case.name));
        }
    }
    failures
}

/// A test of each file.
macro_rules! each_file {
    ($run:path, $seeded:ident, $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                $run(crate::Seeded::$seeded().await, concat!(stringify!($name), ".json")).await;
            }
        )*
    };
}

macro_rules! files {
    ($($name:ident),* $(,)?) => {
        each_file!(crate::run, sqlite, $($name)*);

        mod postgres {
            each_file!(crate::run, postgres, $($name)*);
        }

        mod mutations {
            each_file!(crate::mutated::run, sqlite, $($name)*);

            mod postgres {
                each_file!(crate::mutated::run, postgres, $($name)*);
            }
        }

        /// Compares the list of files with the folder.
        #[test]
        fn every_case_is_run() {
            let mut known = vec![$(concat!(stringify!($name), ".json")),*];
            known.sort_unstable();
            let found = recorded::files().unwrap();
            assert_eq!(known, found);
            let cases: usize = found.iter().flat_map(|file| groups(file)).map(|group| group.len()).sum();
            assert_eq!(cases, 546);
        }
    };
}

files!(
    body_parsing,
    create,
    delete,
    detail,
    headers,
    lookups_text,
    lookups_typed,
    methods_and_routes,
    permissions,
    query,
    query_ordering,
    query_paging,
    update,
);
