//! What the schema of an owner means for the verbs of a struct.

use crate::error::Operation;
use crate::interface::Write;
use crate::manager::{Description, Values};
use crate::schema::{Breaks, Difference, DifferenceKind as Kind, ResourceSchema};

/// What the schema of an owner means for the verbs of a struct.
///
/// It is about what fails for certain. An operation that the owner does not offer is not part of it: the owner's own refusal says that
/// better.
pub(super) struct Verdict {
    /// The differences that break verbs for certain.
    differences: Vec<Difference>,
    /// The operations that the owner offers.
    offered: Vec<Operation>,
}

impl Verdict {
    pub(super) fn new(mut differences: Vec<Difference>, owner: &ResourceSchema) -> Self {
        differences.retain(|difference| breaks_rows(difference) || breaks_writes(difference));
        Self {
            differences,
            offered: owner.operations.clone(),
        }
    }

    /// Whether no verb fails for certain.
    pub(super) fn fits(&self) -> bool {
        self.differences.is_empty()
    }

    /// Why rows can't be read by this operation. Empty if they may be.
    pub(super) fn of_read(&self, operation: Operation) -> Vec<&Difference> {
        if !self.offered.contains(&operation) {
            return Vec::new();
        }
        self.differences
            .iter()
            .filter(|difference| breaks_rows(difference))
            .collect()
    }

    /// Why the write can't succeed. Empty if it may.
    pub(super) fn of_write(&self, description: &Description, write: &Write) -> Vec<&Difference> {
        let (operation, values) = match write {
            Write::Create(values) => (Operation::Create, values),
            Write::Update(_, values) => (Operation::Update, values),
            // Neither values nor a row are sent.
            Write::Delete(..) => return Vec::new(),
        };
        if !self.offered.contains(&operation) {
            return Vec::new();
        }
        // A caller that may read rows gets the written row, which can't be read.
        let reads = [Operation::Filter, Operation::Detail];
        let returns_row = reads.iter().any(|read| self.offered.contains(read));
        let concerned = |difference: &&Difference| {
            (returns_row && breaks_rows(difference))
                || (breaks_writes(difference) && concerns(difference, operation, description, values))
        };
        self.differences.iter().filter(concerned).collect()
    }
}

/// Whether no row can be read.
fn breaks_rows(difference: &Difference) -> bool {
    difference.breaks == Breaks::Readers
        && difference.always
        && !matches!(difference.kind, Kind::OperationRemoved(_))
}

/// Whether each create, or each write of the field, is refused by what the struct is, and not by what its caller may do.
///
/// A field that the owner lacks, or does not take, may be one that this caller may not write. The owner's refusal says which.
fn breaks_writes(difference: &Difference) -> bool {
    let is_of_struct = matches!(
        difference.kind,
        Kind::FieldAdded { .. } | Kind::Required | Kind::Type { .. }
    );
    is_of_struct && difference.breaks == Breaks::Writers && difference.always
}

/// Whether a difference that breaks writes is about a write of these values.
fn concerns(
    difference: &Difference,
    operation: Operation,
    description: &Description,
    values: &Values,
) -> bool {
    let field = || description.field_index(difference.field.as_deref()?);
    let is_given = || field().is_some_and(|field| values.get(field).is_some());
    match difference.kind {
        Kind::FieldAdded { .. } => operation == Operation::Create,
        Kind::Required => operation == Operation::Create && !is_given(),
        _ => is_given(),
    }
}
