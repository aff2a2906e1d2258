//! Computed fields: methods of the struct that callers read like fields.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{FieldDescription, Manager, Purpose, decode_row};
use crate::condition::Rule;
use crate::field::{FieldKind, Value, ValueError};

/// The computed fields of a manager's struct. `#[computed]` on an `impl` block implements it.
#[doc(hidden)]
pub trait ComputedFields: Manager {
    /// The fields.
    const COMPUTED: &'static [ComputedField];
    /// The method of each field.
    const METHODS: &'static [fn(&Self) -> Value];
}

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

    /// The value of a method, as it is sent.
    fn normalize(&self, value: Value) -> Result<Value, ValueError> {
        if value.is_null() && !self.field.nullable() {
            return Err(ValueError::new("expected a value, got null"));
        }
        self.field.normalize(value, Purpose::Compare)
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

    /// The computed fields of a struct.
    #[must_use]
    pub const fn of<M: ComputedFields>() -> Self {
        Self {
            fields: M::COMPUTED,
            compute: compute::<M>,
        }
    }
}

/// The computed fields of a struct without a `#[computed]` block. The constant of such a block has the same name, and precedes
/// that of a trait.
#[doc(hidden)]
pub trait NoComputedFields {
    /// No fields.
    const __GM_COMPUTED: Computed = Computed::NONE;
}

impl<M: Manager> NoComputedFields for M {}

/// The values of these computed fields of a row, whose values are taken out. A field without a value is `None`: its method
/// panicked, or returned a value that no field can hold.
fn compute<M: ComputedFields>(row: &mut [Value], wanted: &[usize]) -> Vec<Option<Value>> {
    let manager = M::DESCRIPTION.name();
    let row = match catch_unwind(AssertUnwindSafe(|| decode_row::<M>(row))) {
        Ok(Ok(row)) => row,
        // A gateway hands on rows that do not fit its own struct.
        Ok(Err(_)) | Err(_) => {
            log(manager, "", "the row does not fit the struct");
            return wanted.iter().map(|_| None).collect();
        }
    };
    let value = |place: &usize| {
        let (method, field) = (M::METHODS.get(*place)?, M::COMPUTED.get(*place)?);
        let name = field.field.name();
        // The method is the application's, and a caller may have chosen the values that it can't compute with.
        let Ok(value) = catch_unwind(AssertUnwindSafe(|| method(&row))) else {
            log(manager, name, "the method panicked");
            return None;
        };
        match field.normalize(value) {
            Ok(value) => Some(value),
            Err(error) => {
                log(manager, name, error.message());
                None
            }
        }
    };
    wanted.iter().map(value).collect()
}

/// Logs that a computed field is left out. At most once a second, since a caller may read such a row any number of times.
fn log(manager: &str, field: &str, problem: &str) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    if last.is_some_and(|last| now.duration_since(last) < Duration::from_secs(1)) {
        return;
    }
    *last = Some(now);
    drop(last);
    tracing::error!(
        manager,
        field,
        problem,
        "a computed field is left out of an answer"
    );
}
