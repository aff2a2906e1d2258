//! The affinity of a column: how SQLite converts the values that are stored in it.
//!
//! In a table that is not `STRICT`, SQLite accepts any words as a type and derives the affinity from them
//! (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>).

use crate::field::ValueType;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    /// Values are not converted.
    Any,
    /// Values are not converted. A `STRICT` table accepts only bytes.
    Blob,
    Real,
    Numeric,
}

impl Affinity {
    /// The affinity of a column with this declared type.
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

    /// Whether a stored value of this type is read back unchanged.
    pub(super) fn preserves(self, value_type: ValueType, strict: bool) -> bool {
        match value_type {
            _ if self == Self::Any || (self == Self::Blob && !strict) => true,
            ValueType::Bool
            | ValueType::Integer { .. }
            | ValueType::Decimal
            | ValueType::Time
            | ValueType::DateTime => matches!(self, Self::Integer | Self::Numeric),
            // Any other affinity converts 1.0 to 1.
            ValueType::Float | ValueType::Float32 => self == Self::Real,
            // Any other affinity converts text that looks like a number, such as 007 to 7.
            ValueType::Text | ValueType::Json => self == Self::Text,
            // These never look like a number.
            ValueType::Date | ValueType::Uuid => self == Self::Text || !strict,
            ValueType::Bytes => self == Self::Blob || !strict,
        }
    }
}

/// The length in a declared type such as `varchar(200)`.
pub(super) fn length(declared: &str) -> Option<u32> {
    let (_, rest) = declared.split_once('(')?;
    let (length, _) = rest.split_once([',', ')'])?;
    length.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_affinity_from_types_of_other_tools() {
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
    fn reads_declared_length() {
        assert_eq!(length("varchar(200)"), Some(200));
        assert_eq!(length("VARCHAR ( 50 )"), Some(50));
        assert_eq!(length("decimal(10, 2)"), Some(10));
        assert_eq!(length("text"), None);
        assert_eq!(length("varchar(max)"), None);
    }
}
