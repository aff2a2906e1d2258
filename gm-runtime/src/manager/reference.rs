//! The reference of a field to a row of another manager.

use std::any::{Any, TypeId};

/// What happens to the rows that refer to a row which is deleted: `#[field(references = .., on_delete = ..)]`.
///
/// It holds where the rows of both managers are in the same storage: in one database, or in memory. The default is
/// [`Restrict`](Self::Restrict).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDelete {
    /// The row can't be deleted while other rows refer to it. The delete is an [`Error::Conflict`](crate::Error::Conflict).
    #[default]
    Restrict,
    /// The rows that refer to it are deleted too, and what refers to them, as their own fields say.
    Cascade,
    /// The field of the rows that refer to it becomes null. The field is an `Option`.
    SetNull,
}

/// The reference of a field that holds the id of a row of another manager, or of its own.
///
/// ```
/// use gm_runtime::manager::OnDelete;
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
/// assert_eq!(reference.on_delete(), OnDelete::Restrict);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReferenceDescription {
    name: &'static str,
    on_delete: OnDelete,
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
            on_delete: OnDelete::Restrict,
            type_id,
            description,
        }
    }

    /// Sets what happens to the rows that refer to a row which is deleted.
    #[must_use]
    pub const fn with_on_delete(mut self, on_delete: OnDelete) -> Self {
        self.on_delete = on_delete;
        self
    }

    /// What happens to the rows that refer to a row which is deleted.
    #[must_use]
    pub const fn on_delete(&self) -> OnDelete {
        self.on_delete
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
