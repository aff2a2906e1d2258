//! The tables that managers want.

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
    pub(crate) unique: bool,
    /// Whether it wants an index that is not for uniqueness.
    pub(crate) index: bool,
    /// The places of its decimals. Where one manager has decimals in it, and another their units as integers, those of
    /// the first.
    pub(crate) places: Option<u32>,
}

impl WantedColumn {
    /// What the manager wants of its columns.
    pub(crate) fn all_of(manager: &'static Description) -> impl Iterator<Item = Self> {
        (0_u16..).zip(manager.fields()).map(move |(index, field)| Self {
            manager,
            field,
            id: index == manager.id_index(),
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

    /// Whether the database gives the values.
    pub(crate) fn assigned(&self) -> bool {
        self.id && self.manager.id_assigned()
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
        tables.iter().try_for_each(Self::agree)?;
        Ok(tables)
    }

    /// SQLite has decimals in units of their last place, and others round what has more places than the column.
    fn agree(&self) -> Result<(), Error> {
        let mut decimals: Vec<(WantedColumn, u32)> = Vec::new();
        let wishes = self.managers.iter().copied().flat_map(WantedColumn::all_of);
        for wish in wishes {
            let Some(places) = wish.places else { continue };
            let known = decimals
                .iter()
                .find(|(known, _)| known.name().eq_ignore_ascii_case(wish.name()));
            match known {
                Some((known, others)) if *others != places => {
                    return Err(Error::Configuration(format!(
                        "`{}`.`{}` has `decimal_places = {others}`, `{}`.`{}` has `decimal_places = {places}`, and both are \
                         the column `{}` of the table `{}`, in which decimals are kept in units of their last place: each \
                         would read the other's values wrong; declare the same places",
                        known.manager.name(),
                        known.field.name(),
                        wish.manager.name(),
                        wish.field.name(),
                        known.name(),
                        self.name
                    )));
                }
                Some(_) => {}
                None => decimals.push((wish, places)),
            }
        }
        Ok(())
    }

    /// Every column once: of those of one name the first, with the indexes of all.
    pub(crate) fn columns(&self) -> Vec<WantedColumn> {
        let mut columns: Vec<WantedColumn> = Vec::new();
        for wish in self.managers.iter().copied().flat_map(WantedColumn::all_of) {
            match columns
                .iter_mut()
                .find(|column| column.name().eq_ignore_ascii_case(wish.name()))
            {
                Some(column) => {
                    column.unique |= wish.unique && !column.id;
                    column.index |= wish.index && !column.id;
                    column.places = column.places.or(wish.places);
                }
                None => columns.push(wish),
            }
        }
        for column in &mut columns {
            column.index &= !column.unique;
        }
        columns
    }
}
