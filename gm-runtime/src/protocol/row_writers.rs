//! The writers of a resource's rows, by the fields that a caller may read.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::items::RowWriter;
use crate::manager::{Description, FieldSet};

/// The writers of a resource's rows: one for every field, and one for each smaller set of fields that callers may read.
#[derive(Debug)]
pub(crate) struct RowWriters {
    description: &'static Description,
    max_bytes: usize,
    every_field: Arc<RowWriter>,
    others: RwLock<HashMap<FieldSet, Arc<RowWriter>>>,
}

/// The most writers that are stored. There may be more sets of fields if many fields have rules of their own.
const MAX_WRITERS: usize = 64;

impl RowWriters {
    pub(crate) fn new(description: &'static Description, max_bytes: usize) -> Self {
        Self {
            description,
            max_bytes,
            every_field: Arc::new(RowWriter::new(description, &FieldSet::ALL, max_bytes)),
            others: RwLock::default(),
        }
    }

    /// The most bytes of the rows of a response.
    pub(crate) fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// The writer of these fields. It is borrowed if it writes every field, and otherwise put into `slot`.
    pub(crate) fn of<'w>(
        &'w self,
        fields: &FieldSet,
        slot: &'w mut Option<Arc<RowWriter>>,
    ) -> &'w Arc<RowWriter> {
        if fields.is_all() {
            return &self.every_field;
        }
        slot.insert(self.restricted(fields))
    }

    fn restricted(&self, fields: &FieldSet) -> Arc<RowWriter> {
        let known = self.others.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = known.get(fields) {
            return Arc::clone(writer);
        }
        drop(known);
        let writer = Arc::new(RowWriter::new(self.description, fields, self.max_bytes));
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        if others.len() < MAX_WRITERS {
            others.insert(fields.clone(), Arc::clone(&writer));
        }
        writer
    }
}
