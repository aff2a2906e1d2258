//! What a column does to the values that are put into it.
//!
//! In a table that is not STRICT, SQLite takes any words for a type, and derives from them into which form it brings a
//! value (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>).

use crate::field::ValueType;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    /// Values stay as they are.
    Any,
    /// So they do, but in a STRICT table nothing else than bytes is taken.
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    pub(super) fn of(declared: &str, strict: bool) -> Self {
        let declared = declared.to_ascii_uppercase();
        let says = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        match () {
            () if strict && declared == "ANY" => Self::Any,
            () if says(&["INT"]) => Self::Integer,
            () if says(&["CHAR", "CLOB", "TEXT"]) => Self::Text,
            () if declared.is_empty() || says(&["BLOB"]) => Self::Blob,
            () if says(&["REAL", "FLOA", "DOUB"]) => Self::Real,
            () => Self::Numeric,
        }
    }

    /// Whether a value of this type comes back from the column in the form in which it was put in.
    pub(super) fn keeps(self, value_type: ValueType, strict: bool) -> bool {
        match value_type {
            _ if self == Self::Any || (self == Self::Blob && !strict) => true,
            ValueType::Bool
            | ValueType::Integer { .. }
            | ValueType::Decimal
            | ValueType::Time
            | ValueType::DateTime => matches!(self, Self::Integer | Self::Numeric),
            // Any other would turn 1.0 into 1.
            ValueType::Float | ValueType::Float32 => self == Self::Real,
            // Text that looks like a number would become one: 007 would be 7.
            ValueType::Text | ValueType::Json => self == Self::Text,
            // And these never look like one.
            ValueType::Date | ValueType::Uuid => self == Self::Text || !strict,
            ValueType::Bytes => self == Self::Blob || !strict,
        }
    }
}

/// The number of `varchar(200)` and the like.
pub(super) fn length(declared: &str) -> Option<u32> {
    let (_, rest) = declared.split_once('(')?;
    let (length, _) = rest.split_once([',', ')'])?;
    length.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_other_tools() {
        for (declared, affinity) in [
            ("integer", Affinity::Integer),
            ("bigint", Affinity::Integer),
            ("varchar(200)", Affinity::Text),
            ("char(32)", Affinity::Text),
            ("text", Affinity::Text),
            ("bool", Affinity::Numeric),
            ("decimal", Affinity::Numeric),
            ("datetime", Affinity::Numeric),
            ("date", Affinity::Numeric),
            ("real", Affinity::Real),
            ("DOUBLE PRECISION", Affinity::Real),
            ("BLOB", Affinity::Blob),
            ("", Affinity::Blob),
        ] {
            assert_eq!(Affinity::of(declared, false), affinity, "{declared}");
        }
        assert_eq!(Affinity::of("ANY", true), Affinity::Any);
    }

    #[test]
    fn lengths() {
        assert_eq!(length("varchar(200)"), Some(200));
        assert_eq!(length("VARCHAR ( 50 )"), Some(50));
        assert_eq!(length("decimal(10, 2)"), Some(10));
        assert_eq!(length("text"), None);
        assert_eq!(length("varchar(max)"), None);
    }
}
