//! Mutations of bytes.

use crate::random::Random;

/// Bytes that are inserted in the wrong place.
const ODD: [&[u8]; 12] = [
    b"\0",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"[[[[[[[[",
    b"NaN",
];

/// Flips a bit, or removes, repeats, moves or adds some bytes.
pub(super) fn change(random: &mut Random, bytes: &mut Vec<u8>) {
    let from = random.below(bytes.len());
    let to = bytes.len().min(from + 1 + random.below(8));
    match random.below(6) {
        0 => bytes.truncate(from),
        1 => drop(bytes.drain(from..to)),
        2 => {
            let piece = bytes.get(from..to).unwrap_or_default().to_vec();
            let times = if random.one_in(20) { 500 } else { 1 };
            insert(bytes, from, &piece.repeat(times));
        }
        3 => insert(bytes, from, random.pick(&ODD).copied().unwrap_or_default()),
        4 => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte = random.byte();
            }
        }
        _ => {
            if let Some(byte) = bytes.get_mut(from) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

fn insert(bytes: &mut Vec<u8>, place: usize, piece: &[u8]) {
    bytes.splice(place..place, piece.iter().copied());
}
