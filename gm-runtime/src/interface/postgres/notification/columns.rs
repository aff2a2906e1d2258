//! The columns that notifications have.

use std::collections::BTreeSet;

use crate::manager::{Description, FieldDescription};

/// The columns of a table that its notifications need, for all managers of this process that have the table.
#[derive(Clone, Debug, Default)]
pub(in crate::interface::postgres) struct Columns {
    /// The ids, at least one.
    pub(super) ids: Vec<&'static FieldDescription>,
    /// The columns that the rules for reading compare.
    pub(super) images: Vec<&'static FieldDescription>,
    /// The columns of managers some of whose fields are hidden from callers, and of managers that have other columns than another
    /// one. An update names those that it left as they were.
    pub(super) compared: Vec<&'static FieldDescription>,
}

impl Columns {
    /// The columns for these managers of one table.
    pub(in crate::interface::postgres) fn of(
        managers: impl IntoIterator<Item = &'static Description>,
    ) -> Self {
        let mut columns = Self::default();
        let managers: Vec<_> = managers.into_iter().collect();
        let differ = managers.windows(2).any(|pair| match pair {
            [one, other] => names(one) != names(other),
            _ => false,
        });
        for description in managers {
            add(&mut columns.ids, description.id_field());
            if description.judges_changes() {
                for field in description.judged_fields() {
                    add(&mut columns.images, description.field(field));
                }
            }
            if description.has_hidden_fields() || differ {
                for field in description.fields() {
                    add(&mut columns.compared, field);
                }
            }
        }
        columns
    }

    /// All of them, each once.
    pub(super) fn all(&self) -> Vec<&'static FieldDescription> {
        let mut all = Vec::new();
        for field in [&self.ids, &self.images, &self.compared].into_iter().flatten() {
            add(&mut all, field);
        }
        all
    }
}

fn names(description: &Description) -> BTreeSet<&'static str> {
    description
        .fields()
        .iter()
        .map(FieldDescription::column)
        .collect()
}

fn add(columns: &mut Vec<&'static FieldDescription>, field: &'static FieldDescription) {
    if !columns.iter().any(|known| known.column() == field.column()) {
        columns.push(field);
    }
}
