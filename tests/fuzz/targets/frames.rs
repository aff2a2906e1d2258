#![no_main]

use gm_runtime::__fuzz::frames;
use libfuzzer_sys::fuzz_target;

// However a peer's bytes are cut into reads, the same frames are read.
fuzz_target!(|input: (Vec<u8>, u8)| {
    let (bytes, piece) = input;
    let whole = frames(&bytes, bytes.len());
    assert_eq!(frames(&bytes, usize::from(piece)), whole);
});
