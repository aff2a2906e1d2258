#![no_main]

mod shared;

use std::cell::RefCell;

use gm_tests::fuzz::requests::{corpus, target};
use libfuzzer_sys::fuzz_target;

thread_local! {
    // Leaked, since thread locals that it needs may be gone when the process ends.
    static TARGET: RefCell<&'static mut dyn FnMut(&[u8])> = RefCell::new(Box::leak(Box::new(target())));
}

fuzz_target!(init: shared::seed(&corpus()), |input: &[u8]| {
    TARGET.with_borrow_mut(|target| target(input));
});
