//! Bodies in chunks.

/// A body in chunks (RFC 9112, 7.1), as far as it has come.
#[derive(Debug)]
pub(super) enum Chunks {
    /// The length of a chunk; whether its digits are over.
    Size(u64, bool),
    /// So many bytes of a chunk, and of the line end behind it.
    Data(u64),
    /// The lines behind the last chunk; whether something stands on this one.
    Trailer(bool),
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self::Size(0, false)
    }

    /// How many of these bytes belong to the body, and whether it ends with them.
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
                Self::Size(size, over) => match char::from(byte).to_digit(16).filter(|_| !*over) {
                    Some(digit) => *size = size.saturating_mul(16).saturating_add(digit.into()),
                    None => *over = true,
                },
                Self::Trailer(false) if byte == b'\n' => return (taken + 1, true),
                Self::Trailer(_) if byte == b'\n' => *self = Self::Trailer(false),
                Self::Trailer(something) => *something |= byte != b'\r',
            }
            taken += 1;
        }
        (taken, false)
    }
}
