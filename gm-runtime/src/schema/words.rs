//! Operations, lookups and kept fields as words. A word that is not known is ignored when it is read.

use serde::{Deserializer, Serializer};

use super::limits::{self, MAX_WORDS};

/// The operations of a resource.
pub(super) mod operations {
    use super::{Deserializer, MAX_WORDS, Serializer, limits};
    use crate::manager::{Operation, Operations};

    pub(in crate::schema) fn serialize<S: Serializer>(
        operations: &[Operation],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(operations.iter().map(|operation| operation.name()))
    }

    pub(in crate::schema) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Operation>, D::Error> {
        let words = limits::list::<_, String, MAX_WORDS>(deserializer)?;
        let known = |word: &String| {
            Operations::EACH
                .into_iter()
                .find(|operation| operation.name() == word)
        };
        Ok(words.iter().filter_map(known).collect())
    }
}

/// The lookups of a field.
pub(super) mod lookups {
    use super::{Deserializer, MAX_WORDS, Serializer, limits};
    use crate::condition::Operator;

    pub(in crate::schema) fn serialize<S: Serializer>(
        lookups: &[Operator],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(lookups.iter().map(|operator| operator.name()))
    }

    pub(in crate::schema) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Operator>, D::Error> {
        let words = limits::list::<_, String, MAX_WORDS>(deserializer)?;
        let known = |word: &String| Operator::ALL.into_iter().find(|operator| operator.name() == word);
        Ok(words.iter().filter_map(known).collect())
    }
}

/// What the owner keeps in a field.
pub(super) mod kept {
    use serde::{Deserialize as _, Serialize as _};

    use super::{Deserializer, Serializer};
    use crate::manager::Kept;

    const WORDS: [(Kept, &str); 4] = [
        (Kept::Version, "version"),
        (Kept::Created, "created"),
        (Kept::Updated, "updated"),
        (Kept::Computed, "computed"),
    ];

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(in crate::schema) fn serialize<S: Serializer>(
        kept: &Option<Kept>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let word = WORDS.iter().find(|(known, _)| Some(*known) == *kept);
        word.map(|(_, word)| *word).serialize(serializer)
    }

    pub(in crate::schema) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Kept>, D::Error> {
        let sent = Option::<String>::deserialize(deserializer)?;
        let known = WORDS.into_iter().find(|(_, word)| sent.as_deref() == Some(*word));
        Ok(known.map(|(kept, _)| kept))
    }
}
