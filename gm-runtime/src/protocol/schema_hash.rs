//! The hash of a resource's schema, as a header.

use std::num::NonZeroU64;

/// The hash of a resource's schema: 16 hexadecimal digits in the header
/// [`SCHEMA_HEADER`](super::names::SCHEMA_HEADER). A consumer only compares hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SchemaHash(NonZeroU64);

impl SchemaHash {
    /// Reads a hash. `None` for another text, which is ignored.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let is_hash = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = is_hash.then(|| u64::from_str_radix(text, 16).ok()).flatten()?;
        Self::of_bits(bits)
    }

    /// The hash as a number, for an atomic. It is not 0.
    pub(crate) const fn bits(self) -> u64 {
        self.0.get()
    }

    /// The hash of this number. `None` for 0.
    pub(crate) const fn of_bits(bits: u64) -> Option<Self> {
        match NonZeroU64::new(bits) {
            Some(bits) => Some(Self(bits)),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SchemaHash;

    #[test]
    fn a_hash_has_16_hexadecimal_digits() {
        let bits = |text| SchemaHash::read(text).map(SchemaHash::bits);
        assert_eq!(bits("00d1f6a0c7ce2b1e"), Some(0x00d1_f6a0_c7ce_2b1e));
        assert_eq!(bits("ffffffffffffffff"), Some(u64::MAX));
        for text in [
            "",
            "0000000000000000",
            "00d1f6a0c7ce2b1",
            "+0d1f6a0c7ce2b1e",
            "00d1f6a0c7ce2b1e0",
            "00d1f6a0c7ce2bég",
        ] {
            assert_eq!(bits(text), None, "{text}");
        }
    }
}
