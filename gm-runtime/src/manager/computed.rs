//! Computed fields: methods of the struct that callers read like fields.

use super::FieldDescription;
use crate::condition::Rule;
use crate::field::{FieldKind, Value};

/// The description of a computed field: its name, its type, and who may read it.
///
/// Without a rule, the callers read it that may read every stored field.
#[derive(Clone, Debug)]
pub struct ComputedField {
    field: FieldDescription,
    read: Option<Rule>,
}

impl ComputedField {
    /// A computed field of this type. The name is that in Rust and on the wire.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, kind: FieldKind) -> Self {
        Self {
            field: FieldDescription::of(name, kind),
            read: None,
        }
    }

    /// Sets the name on the wire.
    #[must_use]
    pub const fn with_name(self, name: &'static str) -> Self {
        Self {
            field: self.field.with_name(name),
            ..self
        }
    }

    /// Sets the digits of a decimal, like those of a stored field.
    ///
    /// # Panics
    /// If the field does not hold a decimal.
    #[must_use]
    #[track_caller]
    pub const fn with_decimal(self, max_digits: u32, decimal_places: u32) -> Self {
        Self {
            field: self.field.with_decimal(max_digits, decimal_places),
            ..self
        }
    }

    /// Sets who may read the field. For other callers the field does not exist.
    ///
    /// # Panics
    /// If the rule depends on the row.
    #[must_use]
    #[track_caller]
    pub const fn with_read_rule(self, rule: Rule) -> Self {
        Self {
            field: self.field.with_read_rule(rule),
            read: Some(rule),
        }
    }

    /// The name and the type of the field.
    #[must_use]
    pub const fn field(&self) -> &FieldDescription {
        &self.field
    }

    /// Who may read the field. `None` for the callers that may read every stored field.
    #[must_use]
    pub const fn read_rule(&self) -> Option<&Rule> {
        self.read.as_ref()
    }
}

/// The computed fields of a manager, without the type of its struct.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Computed {
    pub(super) fields: &'static [ComputedField],
    pub(super) compute: fn(&mut [Value], &[usize]) -> Vec<Option<Value>>,
}

impl Computed {
    /// No computed fields.
    pub const NONE: Self = Self {
        fields: &[],
        compute: |_, _| Vec::new(),
    };
}
