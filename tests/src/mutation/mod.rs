//! Random mutations of recorded requests, responses and events.

mod bytes;
mod json;
mod request;

pub use request::request;

use crate::random::Random;

/// The bytes with a few mutations. Most mutations of JSON change its values.
#[must_use]
pub fn text(random: &mut Random, text: &[u8]) -> Vec<u8> {
    let mut changed = text.to_vec();
    for _ in 0..=random.below(3) {
        match serde_json::from_slice(&changed) {
            Ok(parsed) if !random.one_in(4) => changed = json::change(random, parsed).into_bytes(),
            _ => bytes::change(random, &mut changed),
        }
    }
    changed
}
