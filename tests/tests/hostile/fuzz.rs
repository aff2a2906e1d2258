//! The fuzz targets, with recorded inputs and random mutations of them. `docs/design/hostile-input.md` describes how to
//! run them guided by coverage.

use gm_tests::fuzz::{answers, bodies, events, requests};
use gm_tests::mutation;
use gm_tests::random::{self, Random};

/// The mutations of each recorded input.
const MUTATIONS: usize = 8;

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
        let printed = PrintOnPanic(input);
        target(printed.0);
        for _ in 0..MUTATIONS {
            let input = mutation::text(&mut random, input);
            let printed = PrintOnPanic(&input);
            target(printed.0);
        }
    }
}

/// Prints the input if the target panics.
struct PrintOnPanic<'a>(&'a [u8]);

impl Drop for PrintOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("input: {}", self.0.escape_ascii());
        }
    }
}
