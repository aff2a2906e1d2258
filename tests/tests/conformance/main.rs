//! Every recorded case of the wire contract, over real sockets. Each group of cases has a new database file.
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
mod stopping;

use case::{Case, groups};
use gm_runtime::GmBuilder;
use gm_runtime::interface::Synchronous;
use gm_tests::conformance::{self, Running};
use gm_tests::recorded;
use tempfile::TempDir;

/// A seeded database file, which is copied for each group.
struct Seeded {
    folder: TempDir,
}

impl Seeded {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seeded = Self { folder };
        let gm = seeded.builder("seed.db").build().await.unwrap();
        conformance::seed(&gm).await.unwrap();
        gm.close().await;
        seeded
    }

    fn builder(&self, file: &str) -> GmBuilder {
        let path = self.folder.path().join(file);
        conformance::builder()
            .database(format!("sqlite://{}", path.display()))
            .database_synchronous(Synchronous::Normal)
    }

    async fn serve(&self, group: usize) -> Running {
        self.serve_with(group, |builder| builder).await
    }

    async fn serve_with(&self, group: usize, settings: impl FnOnce(GmBuilder) -> GmBuilder) -> Running {
        let file = format!("{group}.db");
        let folder = self.folder.path();
        std::fs::copy(folder.join("seed.db"), folder.join(&file)).unwrap();
        Running::start(settings(self.builder(&file))).await.unwrap()
    }
}

async fn run(file: &str) {
    let seeded = Seeded::new().await;
    let mut failures = Vec::new();
    for (place, group) in groups(file).into_iter().enumerate() {
        let service = seeded.serve(place).await;
        failures.extend(answer_as_recorded(&service, &group).await);
        service.stop().await.unwrap();
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

macro_rules! files {
    ($($name:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                run(concat!(stringify!($name), ".json")).await;
            }
        )*

        mod mutations {
            $(
                #[tokio::test]
                async fn $name() {
                    crate::mutated::run(concat!(stringify!($name), ".json")).await;
                }
            )*
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
