#![no_main]

use gm_runtime::__fuzz::frames;
use libfuzzer_sys::fuzz_target;

// The frames are the same, in whatever pieces the peer's bytes are read.
fuzz_target!(|input: (Vec<u8>, u8)| {
    let (bytes, piece) = input;
    let whole = frames(&bytes, bytes.len());
    assert_eq!(frames(&bytes, usize::from(piece)), whole);
});
