//! The tables that managers want.

use super::compatibility;
use crate::error::Error;
use crate::manager::{Description, FieldDescription};

/// A table as its managers want it: several may name one table, such as a public and an internal view of it.
#[derive(Debug)]
pub(crate) struct WantedTable {
    pub(crate) name: &'static str,
    pub(crate) managers: Vec<&'static Description>,
}

/// A column as the managers of its table want it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WantedColumn {
    pub(crate) manager: &'static Description,
    pub(crate) field: &'static FieldDescription,
    /// Whether it identifies the row.
    pub(crate) id: bool,
    /// Whether the database gives the values.
    pub(crate) assigned: bool,
    pub(crate) unique: bool,
    /// Whether it wants an index that is not for uniqueness.
    pub(crate) index: bool,
    /// The places of its decimals.
    pub(crate) places: Option<u32>,
}

impl WantedColumn {
    /// What the manager wants of its columns.
    pub(crate) fn all_of(manager: &'static Description) -> impl Iterator<Item = Self> {
        (0_u16..).zip(manager.fields()).map(move |(index, field)| Self {
            manager,
            field,
            id: index == manager.id_index(),
            assigned: index == manager.id_index() && manager.id_assigned(),
            unique: field.unique(),
            index: field.index(),
            places: field.decimal().map(|digits| digits.decimal_places),
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.field.column()
    }

    /// Whether it has an index of any kind.
    pub(super) fn has_index(&self) -> bool {
        self.id || self.unique || self.index
    }
}

impl WantedTable {
    /// The tables of these managers, in the order in which they are first named. Managers that would read other values
    /// out of one column are refused.
    pub(crate) fn of(managers: impl IntoIterator<Item = &'static Description>) -> Result<Vec<Self>, Error> {
        let mut tables: Vec<Self> = Vec::new();
        for manager in managers {
            let Some(name) = manager.table() else { continue };
            // Databases do not tell upper from lower case here.
            match tables
                .iter_mut()
                .find(|table| table.name.eq_ignore_ascii_case(name))
            {
                Some(table) => table.managers.push(manager),
                None => tables.push(Self {
                    name,
                    managers: vec![manager],
                }),
            }
        }
        tables.iter().try_for_each(compatibility::check)?;
        Ok(tables)
    }

    /// Every column once: of those of one name the first, with the indexes of all. Where managers have different ids, one
    /// is the primary key, preferably one that the database assigns; the others are unique.
    pub(crate) fn columns(&self) -> Vec<WantedColumn> {
        let mut columns: Vec<WantedColumn> = Vec::new();
        for wish in self.wishes() {
            match columns
                .iter_mut()
                .find(|column| column.name().eq_ignore_ascii_case(wish.name()))
            {
                Some(column) => {
                    column.id |= wish.id;
                    column.assigned |= wish.assigned;
                    column.unique |= wish.unique;
                    column.index |= wish.index;
                    column.places = column.places.or(wish.places);
                }
                None => columns.push(wish),
            }
        }
        let place = |found: &dyn Fn(&WantedColumn) -> bool| columns.iter().position(found);
        let key = place(&|column| column.assigned).or_else(|| place(&|column| column.id));
        for (place, column) in columns.iter_mut().enumerate() {
            let is_key = key == Some(place);
            column.unique = !is_key && (column.unique || column.id);
            column.index &= !is_key && !column.unique;
            column.id = is_key;
        }
        columns
    }

    /// What each manager wants of its columns.
    pub(super) fn wishes(&self) -> impl Iterator<Item = WantedColumn> {
        self.managers.iter().copied().flat_map(WantedColumn::all_of)
    }
}
