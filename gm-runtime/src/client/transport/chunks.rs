//! The chunked transfer coding.

/// The position in a chunked body (RFC 9112, 7.1).
#[derive(Debug)]
pub(super) enum Chunks {
    /// In the line with the size of a chunk: the size so far, and whether its digits have ended.
    Size(u64, bool),
    /// In a chunk: the number of remaining bytes, including the line end after the chunk.
    Data(u64),
    /// In the trailer section: whether the current line is not empty.
    Trailer(bool),
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self::Size(0, false)
    }

    /// The number of these bytes that belong to the body, and whether the body ends with them.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut taken = 0;
        while let Some(byte) = bytes.get(taken).copied() {
            match self {
                Self::Data(left) => {
                    let here = usize::try_from(*left)
                        .unwrap_or(usize::MAX)
                        .min(bytes.len() - taken);
                    *left -= here as u64;
                    taken += here;
                    if *left == 0 {
                        *self = Self::new();
                    }
                    continue;
                }
                Self::Size(0, _) if byte == b'\n' => *self = Self::Trailer(false),
                Self::Size(size, _) if byte == b'\n' => *self = Self::Data(size.saturating_add(2)),
                Self::Size(size, ended) => match char::from(byte).to_digit(16).filter(|_| !*ended) {
                    Some(digit) => *size = size.saturating_mul(16).saturating_add(digit.into()),
                    None => *ended = true,
                },
                Self::Trailer(false) if byte == b'\n' => return (taken + 1, true),
                Self::Trailer(_) if byte == b'\n' => *self = Self::Trailer(false),
                Self::Trailer(has_text) => *has_text |= byte != b'\r',
            }
            taken += 1;
        }
        (taken, false)
    }
}
