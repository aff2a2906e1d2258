//! A column as a manager declares it.

use crate::manager::{Description, FieldDescription};

/// A column as the managers of its table declare it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TargetColumn {
    pub(crate) manager: &'static Description,
    pub(crate) field: &'static FieldDescription,
    /// Whether it identifies the row.
    pub(crate) id: bool,
    /// Whether the database assigns its values.
    pub(crate) assigned: bool,
    pub(crate) unique: bool,
    /// Whether it has a non-unique index.
    pub(crate) index: bool,
    /// The decimal places, if it holds decimals.
    pub(crate) places: Option<u32>,
}

impl TargetColumn {
    /// The columns of one manager.
    pub(crate) fn all_of(manager: &'static Description) -> impl Iterator<Item = Self> {
        (0_u16..).zip(manager.fields()).map(move |(index, field)| Self {
            manager,
            field,
            id: index == manager.id_index(),
            assigned: index == manager.id_index() && manager.id_assigned(),
            unique: field.unique(),
            index: field.index(),
            places: field.decimal().map(|digits| digits.decimal_places),
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.field.column()
    }

    /// Whether this is the column's name. Databases ignore ASCII case here.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Whether it holds longer text or bytes than another declaration of the column.
    pub(super) fn is_longer_than(&self, other: &Self) -> bool {
        match (self.field.max_length(), other.field.max_length()) {
            (Some(length), Some(other)) => length > other,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }

    /// Whether it has an index of any kind.
    pub(super) fn has_index(&self) -> bool {
        self.id || self.unique || self.index
    }
}
