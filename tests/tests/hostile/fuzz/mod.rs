//! What is parsed, fed with what was recorded, with changes to it by chance, and with what a fuzzer finds:
//! `docs/design/hostile-input.md` says how to run one.

mod answers;
mod events;
mod requests;

use std::path::Path;

use gm_tests::mutation;
use gm_tests::random::Random;

/// How often each input of the corpus is changed where no fuzzer runs.
const CHANGES: usize = 8;

/// Feeds a target with the corpus and with changes to it, the same each time; and under `cargo bolero`, which is told
/// of the corpus through `GM_FUZZ_CORPUS`, with what has not been tried yet.
macro_rules! fuzz {
    ($corpus:expr, $target:expr) => {{
        let mut target = $target;
        crate::fuzz::replay(&$corpus, &mut target);
        // A target that has failed once is not asked again.
        let mut target = std::panic::AssertUnwindSafe(target);
        // Chance without a corpus finds little: it is left to the fuzzer.
        bolero::check!().with_iterations(0).for_each(move |input: &[u8]| {
            let target = &mut target;
            target(input);
        });
    }};
}
use fuzz;

fn replay(corpus: &[Vec<u8>], target: &mut impl FnMut(&[u8])) {
    if let Some(folder) = std::env::var_os("GM_FUZZ_CORPUS") {
        for (number, input) in corpus.iter().enumerate() {
            std::fs::write(Path::new(&folder).join(format!("recorded-{number}")), input).unwrap();
        }
        return;
    }
    let mut random = Random::new(1);
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

/// Says what the input was, where the target panics.
struct Shown<'a>(&'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("input: {}", self.0.escape_ascii());
        }
    }
}
