//! What one caller may see of a resource.

use crate::manager::{FieldSet, Operations};

/// What one caller may see of a resource: what the rules can ever permit it. Two callers with equal sights see the same schema.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sight {
    /// The operations that the rules can permit.
    pub(crate) operations: Operations,
    /// Whether the rules can permit reading a row.
    pub(crate) reads: bool,
    /// The fields that the caller may read.
    pub(crate) readable: FieldSet,
    /// The fields that the rules permit in a create.
    pub(crate) creatable: FieldSet,
    /// The fields that the rules permit in an update.
    pub(crate) updatable: FieldSet,
    /// The fields with a reference to a resource of the same base path that the caller may read, and that resource.
    pub(crate) references: Vec<(u16, &'static str)>,
}
