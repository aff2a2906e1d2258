//! The extensions of the protocol that an owner announces.

use std::array::from_fn;
use std::fmt;
use std::sync::LazyLock;

use crate::manager::Description;

/// A set of extensions of the protocol.
///
/// A server that does not know an extension ignores its headers and keys without an error. So a consumer uses an extension only
/// if the owner's replies announce it, in the header [`FEATURES_HEADER`](super::names::FEATURES_HEADER).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features(u8);

/// The number of sets.
pub(crate) const SETS: usize = 1 << Features::WORDS.len();

impl Features {
    pub(crate) const NONE: Self = Self(0);
    /// Queries by a cursor.
    pub(crate) const CURSOR: Self = Self(1);
    /// Versions of rows: `ETag` and `If-Match`.
    pub(crate) const VERSION: Self = Self(1 << 1);
    /// Writes with an `Idempotency-Key`.
    pub(crate) const IDEMPOTENCY: Self = Self(1 << 2);
    /// Several writes in one request.
    pub(crate) const BATCH: Self = Self(1 << 3);
    /// Queries for the numbers of rows by the values of a field.
    pub(crate) const COUNTS: Self = Self(1 << 4);

    /// A schema at `<base path>/_schema`, and its hash in each reply.
    pub(crate) const SCHEMA: Self = Self(1 << 5);

    /// The words of the header, in its order.
    const WORDS: [(Self, &'static str); 6] = [
        (Self::CURSOR, "cursor"),
        (Self::VERSION, "version"),
        (Self::IDEMPOTENCY, "idempotency"),
        (Self::BATCH, "batch"),
        (Self::COUNTS, "counts"),
        (Self::SCHEMA, "schema"),
    ];

    /// The extensions that a manager's declaration allows, wherever its rows are.
    pub(crate) const fn of_rows(description: &Description) -> Self {
        let version = match description.version_index() {
            Some(_) => Self::VERSION,
            None => Self::NONE,
        };
        match description.api() {
            Some(api) if api.counts() => version.with(Self::COUNTS),
            _ => version,
        }
    }

    /// The extensions of both sets.
    #[must_use]
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The extensions that are in both sets.
    #[must_use]
    pub(crate) const fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every extension of the other set is in this one.
    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The extensions that a header lists. Unknown words are ignored.
    pub(crate) fn read(header: &str) -> Self {
        let words = header.split(',').map(str::trim);
        words
            .filter_map(|word| Self::WORDS.iter().find(|(_, known)| *known == word))
            .fold(Self::NONE, |read, (feature, _)| read.with(*feature))
    }

    /// The words of the set.
    pub(crate) fn words(self) -> impl Iterator<Item = &'static str> {
        let words = Self::WORDS.into_iter();
        words.filter_map(move |(feature, word)| self.contains(feature).then_some(word))
    }

    /// The value of the header. `None` for the empty set, which has no header.
    pub(crate) fn header(self) -> Option<&'static str> {
        // Written once, so that a reply allocates nothing.
        static HEADERS: LazyLock<[String; SETS]> = LazyLock::new(|| {
            from_fn(|set| u8::try_from(set).map_or_else(|_| String::new(), |set| Features(set).to_string()))
        });
        let header = HEADERS.get(usize::from(self.0))?;
        (!header.is_empty()).then_some(header)
    }

    /// The set as a number, for an atomic.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// The set of this number.
    pub(crate) const fn of_bits(bits: u8) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, word) in self.words().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Features;

    #[test]
    fn the_header_has_the_words_in_one_order() {
        let both = Features::VERSION.with(Features::CURSOR);
        assert_eq!(both.header(), Some("cursor, version"));
        assert_eq!(Features::BATCH.header(), Some("batch"));
        assert_eq!(Features::NONE.header(), None);
    }

    #[test]
    fn unknown_words_are_ignored() {
        for (header, features) in [
            ("", Features::NONE),
            ("cursor", Features::CURSOR),
            (
                " version ,cursor,version",
                Features::CURSOR.with(Features::VERSION),
            ),
            ("Version, versions, , =, version;q=1", Features::NONE),
            (
                "later, batch, idempotency",
                Features::BATCH.with(Features::IDEMPOTENCY),
            ),
        ] {
            assert_eq!(Features::read(header), features, "{header}");
        }
    }
}
