//! The code that the targets share.

use std::path::Path;

/// Writes recorded inputs into the folder of `GM_FUZZ_CORPUS`, where the fuzzer then finds them.
pub fn seed(corpus: &[Vec<u8>]) {
    let Some(folder) = std::env::var_os("GM_FUZZ_CORPUS") else {
        return;
    };
    for (number, input) in corpus.iter().enumerate() {
        let file = Path::new(&folder).join(format!("recorded-{number}"));
        std::fs::write(file, input).expect("the corpus can be written");
    }
}
