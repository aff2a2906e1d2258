//! The foreign keys of the managers of a handle: the references to rows of the same storage.
//!
//! Reasons: `docs/design/access.md`, "Foreign keys".

use std::any::TypeId;

use crate::field::Value;
use crate::interface::{BulkRequest, BulkRows, Write};
use crate::manager::{Description, OnDelete, ReferenceDescription};

/// The foreign keys of one manager.
pub(crate) struct ForeignKeys {
    /// The manager's type.
    pub(super) manager: TypeId,
    /// The manager's fields that refer to rows of the same storage, or whose storage may refuse a reference by itself.
    pub(super) own: Vec<OwnKey>,
    /// The fields of managers of the same storage that refer to rows of this manager.
    pub(super) referring: Vec<ReferringField>,
}

/// A field that refers to a row, which a caller must see.
#[derive(Clone, Copy)]
pub(crate) struct OwnKey {
    pub(super) field: u16,
    /// The field's own reference, or that of another manager of the table or the resource for the same column. The foreign key of the
    /// column holds for both, and would tell a caller of either whether a hidden row exists.
    pub(super) reference: &'static ReferenceDescription,
}

/// A field whose values are ids of rows of a manager.
#[derive(Clone, Copy)]
pub(crate) struct ReferringField {
    /// The type of the field's manager.
    pub(super) manager: TypeId,
    pub(super) description: &'static Description,
    pub(super) field: u16,
    pub(super) on_delete: OnDelete,
    /// The field of the row that is referred to, which has the value. It is another one than the id if managers with different ids
    /// share a table.
    pub(super) key: u16,
}

impl ForeignKeys {
    pub(super) fn new(manager: TypeId) -> Self {
        Self {
            manager,
            own: Vec::new(),
            referring: Vec::new(),
        }
    }

    /// Adds a field that refers to rows of the same storage, unless it is known.
    pub(super) fn add_own(&mut self, key: OwnKey) {
        if !self.own.iter().any(|known| known.field == key.field) {
            self.own.push(key);
        }
    }

    /// Whether a write may need a row of another manager, or change one.
    pub(super) fn concern(&self, write: &Write) -> bool {
        match write {
            Write::Create(values) | Write::Update(_, values) => {
                let value = |key: &OwnKey| values.get(key.field);
                self.own.iter().filter_map(value).any(|value| !value.is_null())
            }
            Write::Delete(..) => !self.referring.is_empty(),
        }
    }

    /// The same for a write of many rows.
    pub(super) fn concern_many(&self, request: &BulkRequest) -> bool {
        let is_value = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
        match &request.rows {
            BulkRows::New(rows) => rows.iter().any(|values| {
                let mut own = self.own.iter();
                own.any(|key| is_value(values.get(key.field)))
            }),
            BulkRows::Matching(_) => self.concern(&request.row.write),
        }
    }

    /// Adds a field, unless another manager of the same table has added its column.
    pub(super) fn add_referring(&mut self, referring: ReferringField, is_shared: bool) {
        let is_known = |known: &ReferringField| {
            is_shared
                && is_same_table(known.description, referring.description)
                && column(known.description, known.field) == column(referring.description, referring.field)
        };
        if !self.referring.iter().any(is_known) {
            self.referring.push(referring);
        }
    }
}

/// Whether both are of one table. Databases ignore ASCII case in names.
pub(super) fn is_same_table(one: &Description, other: &Description) -> bool {
    match (one.table(), other.table()) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

fn column(description: &Description, field: u16) -> &'static str {
    description.field(field).column()
}
