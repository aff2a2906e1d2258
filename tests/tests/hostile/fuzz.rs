//! The fuzz targets, fed with what was recorded and with changes to it by chance. `docs/design/hostile-input.md` says
//! how to run them guided by coverage.

use gm_tests::fuzz::{answers, bodies, events, requests};
use gm_tests::mutation;
use gm_tests::random::{self, Random};

/// How often each recorded input is changed.
const CHANGES: usize = 8;

#[test]
fn answers() {
    replay(&answers::corpus(), answers::target());
}

#[test]
fn bodies() {
    replay(&bodies::corpus(), bodies::target());
}

#[test]
fn events() {
    replay(&events::corpus(), events::target());
}

#[test]
fn requests() {
    replay(&requests::corpus(), requests::target());
}

fn replay(corpus: &[Vec<u8>], mut target: impl FnMut(&[u8])) {
    let mut random = Random::new(random::seed(1));
    for input in corpus {
        let shown = Shown(input);
        target(shown.0);
        for _ in 0..CHANGES {
            let input = mutation::text(&mut random, input);
            let shown = Shown(&input);
            target(shown.0);
        }
    }
}

/// Prints the input where the target panics.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("input: {}", self.0.escape_ascii());
        }
    }
}
