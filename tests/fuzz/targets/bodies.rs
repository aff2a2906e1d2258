#![no_main]

mod shared;

use std::cell::RefCell;

use gm_tests::fuzz::bodies::{corpus, target};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static TARGET: RefCell<Box<dyn FnMut(&[u8])>> = RefCell::new(Box::new(target()));
}

fuzz_target!(init: shared::seed(&corpus()), |input: &[u8]| {
    TARGET.with_borrow_mut(|target| target(input));
});
