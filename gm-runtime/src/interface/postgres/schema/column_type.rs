//! The types of columns, as far as a field can have them.

/// The type of a column, below its domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ColumnType {
    Bool,
    /// An integer of this many bytes.
    Integer(u32),
    Float,
    Float32,
    /// Decimals, with their precision and scale if these are declared.
    Numeric(Option<(u32, i32)>),
    /// Text of this many characters at most.
    Text(Option<u32>),
    Bytes,
    Date,
    /// A time of day with this many digits of a second.
    Time(u32),
    /// An instant with this many digits of a second.
    DateTime(u32),
    Uuid,
    Json,
    /// A type that no field has, and that SQL converts to the type of a field.
    Convertible(Convertible),
    Other,
}

/// A type that no field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Convertible {
    /// `TIMESTAMP WITHOUT TIME ZONE`.
    LocalDateTime,
    /// `JSON`, which has no equality.
    JsonText,
    /// An enum, `CITEXT`, or `CHAR(n)`, which pads with spaces.
    OtherText,
}

/// The most digits of a second.
pub(super) const MICROSECONDS: u32 = 6;
/// Postgres counts the size of the header, too, in the modifier of a type with a length.
const HEADER: i32 = 4;

impl ColumnType {
    /// The type of this name in `pg_type`, with its modifier, which is -1 if there is none.
    pub(super) fn of(name: &str, is_builtin: bool, is_enum: bool, modifier: i32) -> Self {
        if is_enum || (!is_builtin && name == "citext") {
            return Self::Convertible(Convertible::OtherText);
        }
        if !is_builtin {
            return Self::Other;
        }
        let declared = u32::try_from(modifier).ok();
        match name {
            "bool" => Self::Bool,
            "int2" => Self::Integer(2),
            "int4" => Self::Integer(4),
            "int8" => Self::Integer(8),
            "float8" => Self::Float,
            "float4" => Self::Float32,
            "numeric" => Self::Numeric(digits(modifier)),
            "text" => Self::Text(None),
            "varchar" => Self::Text(u32::try_from(modifier.saturating_sub(HEADER)).ok()),
            "bytea" => Self::Bytes,
            "date" => Self::Date,
            "time" => Self::Time(declared.unwrap_or(MICROSECONDS)),
            "timestamptz" => Self::DateTime(declared.unwrap_or(MICROSECONDS)),
            "uuid" => Self::Uuid,
            "jsonb" => Self::Json,
            "timestamp" => Self::Convertible(Convertible::LocalDateTime),
            "json" => Self::Convertible(Convertible::JsonText),
            "bpchar" | "name" => Self::Convertible(Convertible::OtherText),
            _ => Self::Other,
        }
    }
}

/// The precision and the scale of a `NUMERIC`, whose scale has eleven bits with a sign.
fn digits(modifier: i32) -> Option<(u32, i32)> {
    let modifier = modifier.checked_sub(HEADER).filter(|modifier| *modifier >= 0)?;
    let precision = u32::try_from(modifier >> 16).ok()?;
    let scale = ((modifier & 0x7ff) ^ 0x400).checked_sub(0x400)?;
    Some((precision, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_types_and_their_modifiers() {
        // As `format_type` shows them.
        for (name, modifier, expected) in [
            ("varchar", 204, ColumnType::Text(Some(200))),
            ("varchar", -1, ColumnType::Text(None)),
            ("numeric", -1, ColumnType::Numeric(None)),
            (
                "numeric",
                ((10 << 16) | 2) + 4,
                ColumnType::Numeric(Some((10, 2))),
            ),
            (
                "numeric",
                ((3 << 16) | 0x7ff) + 4,
                ColumnType::Numeric(Some((3, -1))),
            ),
            ("timestamptz", 3, ColumnType::DateTime(3)),
            ("time", -1, ColumnType::Time(6)),
        ] {
            assert_eq!(
                ColumnType::of(name, true, false, modifier),
                expected,
                "{name} {modifier}"
            );
        }
        let other_text = ColumnType::Convertible(Convertible::OtherText);
        assert_eq!(ColumnType::of("mood", false, true, -1), other_text);
        assert_eq!(ColumnType::of("citext", false, false, -1), other_text);
        assert_eq!(ColumnType::of("bool", false, false, -1), ColumnType::Other);
    }
}
