//! A recorded case.

use gm_tests::raw::Request;
use gm_tests::recorded::{self, Recorded};

use crate::expectation::Expectation;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) expect: Expectation,
}

/// The cases of a file, group by group.
pub(crate) fn groups(file: &str) -> Vec<Vec<Case>> {
    let groups = recorded::groups(file).unwrap();
    groups
        .into_iter()
        .map(|group| group.into_iter().map(Case::new).collect())
        .collect()
}

impl Case {
    fn new(recorded: Recorded) -> Self {
        Self {
            name: recorded.name,
            request: recorded.request,
            expect: Expectation::parse(&recorded.expect),
        }
    }
}
