//! The reference of a field to a row of another manager.

use std::any::{Any, TypeId};

/// The reference of a field that holds the id of a row of another manager, or of its own.
///
/// ```
/// use gm_runtime::{GeneralManager, Manager as _};
///
/// #[derive(Clone, Debug, GeneralManager)]
/// #[database(table = "customers")]
/// pub struct Customer {
///     #[field(id)]
///     pub id: i64,
///     pub name: String,
/// }
///
/// #[derive(Clone, Debug, GeneralManager)]
/// #[database(table = "tickets")]
/// pub struct Ticket {
///     #[field(id)]
///     pub id: i64,
///     #[field(references = Customer)]
///     pub customer_id: i64,
/// }
///
/// let reference = Ticket::DESCRIPTION.field(1).reference().expect("it is declared");
/// assert_eq!(reference.name(), "customer");
/// assert_eq!(reference.description().name(), "Customer");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReferenceDescription {
    name: &'static str,
    type_id: fn() -> TypeId,
    // A function, since two managers may refer to each other. A description has fields, so a field can't name its type.
    pub(super) description: fn() -> &'static (dyn Any + Send + Sync),
}

impl ReferenceDescription {
    pub(super) const fn new(
        name: &'static str,
        type_id: fn() -> TypeId,
        description: fn() -> &'static (dyn Any + Send + Sync),
    ) -> Self {
        Self {
            name,
            type_id,
            description,
        }
    }

    /// The name of the row on the wire: that of the field without `_id`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The type of the other row's manager.
    pub(crate) fn type_id(&self) -> TypeId {
        (self.type_id)()
    }
}
