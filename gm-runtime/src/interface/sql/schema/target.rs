//! The tables that managers declare.

use super::compatibility;
use super::foreign_key::ForeignKey;
use super::kept_columns;
use super::target_column::TargetColumn;
use crate::error::Error;
use crate::manager::Description;

/// A table as its managers declare it. Several managers may share a table, such as a public and an internal view of it.
#[derive(Debug)]
pub(crate) struct TargetTable {
    pub(crate) name: &'static str,
    pub(crate) managers: Vec<&'static Description>,
    /// The references to rows of the same database.
    pub(crate) foreign_keys: Vec<ForeignKey>,
}

impl TargetTable {
    /// The tables of these managers, in the order of their first mention.
    ///
    /// # Errors
    /// Managers that share a table but disagree on the values or on the foreign key of a column.
    pub(crate) fn of(managers: impl IntoIterator<Item = &'static Description>) -> Result<Vec<Self>, Error> {
        let mut tables: Vec<Self> = Vec::new();
        for manager in managers {
            let Some(name) = manager.table() else { continue };
            // Databases ignore ASCII case here.
            match tables
                .iter_mut()
                .find(|table| table.name.eq_ignore_ascii_case(name))
            {
                Some(table) => table.managers.push(manager),
                None => tables.push(Self {
                    name,
                    managers: vec![manager],
                    foreign_keys: Vec::new(),
                }),
            }
        }
        for table in &tables {
            compatibility::check(table.name, table.declarations())?;
            kept_columns::check(table.name, &table.managers)?;
        }
        let foreign_keys: Vec<_> = tables
            .iter()
            .map(|table| table.foreign_keys_to(&tables))
            .collect::<Result<_, _>>()?;
        for (table, keys) in tables.iter_mut().zip(foreign_keys) {
            table.foreign_keys = keys;
        }
        Ok(tables)
    }

    /// Every column once, with the indexes that any manager declares. A column with a foreign key has an index, since each deletion
    /// of a row looks for those that refer to it.
    ///
    /// Where managers have different ids, one is the primary key, and the others are unique. The key is an id that the
    /// database assigns, if there is one.
    pub(crate) fn columns(&self) -> Vec<TargetColumn> {
        let mut columns: Vec<TargetColumn> = Vec::new();
        for declared in self.declarations() {
            match columns.iter_mut().find(|column| column.is_named(declared.name())) {
                Some(column) => {
                    column.id |= declared.id;
                    column.assigned |= declared.assigned;
                    column.unique |= declared.unique;
                    column.index |= declared.index;
                    column.places = column.places.or(declared.places);
                    // Each manager may write its longest value.
                    if declared.is_longer_than(column) {
                        (column.manager, column.field) = (declared.manager, declared.field);
                    }
                }
                None => columns.push(declared),
            }
        }
        let position = |matches: &dyn Fn(&TargetColumn) -> bool| columns.iter().position(matches);
        let key = position(&|column| column.assigned).or_else(|| position(&|column| column.id));
        for (index, column) in columns.iter_mut().enumerate() {
            let is_key = key == Some(index);
            column.unique = !is_key && (column.unique || column.id);
            column.index |= self.foreign_keys.iter().any(|key| column.is_named(key.name()));
            column.index &= !is_key && !column.unique;
            column.id = is_key;
        }
        columns
    }

    /// The foreign keys to these tables, one for each column. The tables are all of the database's that managers use.
    ///
    /// A reference to rows elsewhere is none: to those of another service, of the application's own storage, or of a table that no
    /// manager of the handle uses.
    ///
    /// # Errors
    /// Managers that share the table and disagree on a foreign key.
    fn foreign_keys_to(&self, tables: &[Self]) -> Result<Vec<ForeignKey>, Error> {
        let mut keys: Vec<ForeignKey> = Vec::new();
        for declared in self.declarations() {
            let Some(key) = foreign_key(&declared, tables) else {
                continue;
            };
            match keys.iter().find(|known| declared.is_named(known.name())) {
                Some(known) if !known.is_same(&key) => {
                    return Err(Error::Configuration(format!(
                        "{} {}, {} {}, and both are the column `{}` of the table `{}`, which can have one foreign key: declare the \
                         same in both managers",
                        known.field_name(),
                        known.describe(),
                        key.field_name(),
                        key.describe(),
                        known.name(),
                        self.name,
                    )));
                }
                Some(_) => {}
                None => keys.push(key),
            }
        }
        Ok(keys)
    }

    /// These tables with the foreign keys that are possible.
    ///
    /// A database refuses a foreign key to a view, and to a column that is not unique by itself.
    pub(crate) fn with_foreign_keys<E>(
        tables: &[Self],
        is_possible: impl Fn(&ForeignKey) -> Result<bool, E>,
    ) -> Result<Vec<Self>, E> {
        let with_possible = |table: &Self| {
            let mut foreign_keys = Vec::new();
            for key in &table.foreign_keys {
                if is_possible(key)? {
                    foreign_keys.push(*key);
                }
            }
            Ok(Self {
                name: table.name,
                managers: table.managers.clone(),
                foreign_keys,
            })
        };
        tables.iter().map(with_possible).collect()
    }

    /// The columns of every manager, so that a shared column occurs more than once.
    fn declarations(&self) -> impl Iterator<Item = TargetColumn> {
        self.managers.iter().copied().flat_map(TargetColumn::all_of)
    }
}

fn foreign_key(column: &TargetColumn, tables: &[TargetTable]) -> Option<ForeignKey> {
    let reference = column.field.reference()?;
    let other = reference.description();
    let (name, id) = (other.table()?, other.id_field().column());
    let table = tables
        .iter()
        .find(|table| table.name.eq_ignore_ascii_case(name))?;
    // The manager may be registered with other storage, while another manager uses its table.
    let mut columns = table.columns().into_iter();
    let key = columns.find(|column| column.is_named(id) && (column.id || column.unique))?;
    Some(ForeignKey {
        manager: column.manager,
        field: column.field,
        table: table.name,
        column: key.name(),
        on_delete: reference.on_delete(),
    })
}
