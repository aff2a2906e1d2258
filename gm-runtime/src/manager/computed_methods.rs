//! The methods of computed fields, and what they return.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Computed, ComputedField, Manager, Purpose, decode_row};
use crate::field::{Value, ValueError};

/// The computed fields of a manager's struct. `#[computed]` on an `impl` block implements it.
#[doc(hidden)]
pub trait ComputedFields: Sized + 'static {
    /// The fields.
    const COMPUTED: &'static [ComputedField];
    /// The method of each field.
    const METHODS: &'static [fn(&Self) -> Value];
}

impl Computed {
    /// The computed fields of a struct.
    #[must_use]
    pub const fn of<M: Manager + ComputedFields>() -> Self {
        Self {
            fields: M::COMPUTED,
            compute: compute::<M>,
        }
    }
}

/// The computed fields of a struct, as the derive finds them: by the constant of the inherent impl if the struct has a `#[computed]`
/// block, else by that of [`NoComputedFields`], since an inherent impl precedes a trait where its bounds hold.
#[doc(hidden)]
#[derive(Debug)]
pub struct ComputedOf<M>(PhantomData<fn() -> M>);

impl<M: Manager + ComputedFields> ComputedOf<M> {
    /// The fields of the block.
    pub const COMPUTED: Computed = Computed::of::<M>();
}

/// The computed fields of a struct without a `#[computed]` block.
#[doc(hidden)]
pub trait NoComputedFields {
    /// No fields.
    const COMPUTED: Computed = Computed::NONE;
}

impl<M> NoComputedFields for ComputedOf<M> {}

/// The values of these computed fields of a row, whose values are taken out. A field without a value is `None`: its method
/// panicked, or returned a value that no field can hold.
fn compute<M: Manager + ComputedFields>(row: &mut [Value], wanted: &[usize]) -> Vec<Option<Value>> {
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
        let name = field.field().name();
        // The method is the application's, and a caller may have chosen the values that it can't compute with.
        let Ok(value) = catch_unwind(AssertUnwindSafe(|| method(&row))) else {
            log(manager, name, "the method panicked");
            return None;
        };
        match normalize(field, value) {
            Ok(value) => Some(value),
            Err(error) => {
                log(manager, name, error.message());
                None
            }
        }
    };
    wanted.iter().map(value).collect()
}

/// The value of a method, as it is sent.
fn normalize(computed: &ComputedField, value: Value) -> Result<Value, ValueError> {
    let field = computed.field();
    if value.is_null() && !field.nullable() {
        return Err(ValueError::new("expected a value, got null"));
    }
    field.normalize(value, Purpose::Compare)
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
