//! Every recorded case of the wire contract, over real sockets. The rows are seeded anew for each group of cases.
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
mod openapi;
mod openapi_page;
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
        seeded.restore().await;
        failures.extend(answer_as_recorded(&seeded.running, &group).await);
    }
    seeded.stop().await;
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
    ($run:path, $seeded:expr, $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                $run($seeded.await, concat!(stringify!($name), ".json")).await;
            }
        )*
    };
}

macro_rules! files {
    ($($name:ident),* $(,)?) => {
        each_file!(crate::run, crate::Seeded::sqlite(|builder| builder), $($name)*);

        mod postgres {
            each_file!(crate::run, crate::Seeded::postgres(|builder| builder), $($name)*);
        }

        mod mutations {
            use crate::Seeded;
            use crate::mutated::{run, short_body_time};

            each_file!(run, Seeded::sqlite(short_body_time), $($name)*);

            mod postgres {
                use super::*;

                each_file!(run, Seeded::postgres(short_body_time), $($name)*);
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
