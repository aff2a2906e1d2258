//! Introspection: reads the role and its tables from the catalogs.

use std::collections::HashMap;
use std::convert::Infallible;

use tokio_postgres::Row;

use super::catalog_query::{array, get, rows};
use super::details::Details;
use super::existing_table::{Commands, ExistingTable, Kind};
use super::next_id::next_id;
use crate::error::Error;
use crate::interface::postgres::session::Session;
use crate::interface::sql::schema::{ForeignKey, TargetTable};

/// What the catalogs say of the tables of the managers, and of the role that uses them.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) role: String,
    /// The schema in which tables are created. `None` if no schema of the search path exists and is usable.
    pub(super) schema: Option<String>,
    /// Whether the role may create tables in this schema.
    pub(super) may_create: bool,
    pub(super) search_path: String,
    /// In the order of the managers' tables.
    pub(super) tables: Vec<Found>,
}

/// What has the name of a table.
#[derive(Debug)]
pub(super) enum Found {
    Table(Box<ExistingTable>),
    /// Nothing in the schemas of the search path. These schemas have such a table, quoted.
    Nothing(Vec<String>),
}

impl Catalog {
    /// Reads the tables.
    pub(super) async fn read(session: &Session, tables: &[TargetTable]) -> Result<Self, Error> {
        let role = rows(session, include_str!("queries/role.sql"), None).await?;
        let role = role
            .first()
            .ok_or_else(|| Error::storage(anyhow::anyhow!("the server returned no row for its role")))?;
        let names: Vec<_> = tables.iter().map(|table| format!("\"{}\"", table.name)).collect();
        let relations = rows(session, include_str!("queries/tables.sql"), Some(array(&names))).await?;
        let mut oids = Vec::new();
        for row in &relations {
            oids.extend(get::<Option<u32>>(row, "oid")?.map(|oid| oid.to_string()));
        }
        let mut details = Details::read(session, array(&oids)).await?;
        let mut by_name = HashMap::new();
        for row in &relations {
            by_name.insert(get::<String>(row, "name")?, read_table(row, &mut details)?);
        }
        let of_table = |table: &TargetTable| by_name.remove(table.name).unwrap_or(Found::Nothing(Vec::new()));
        let mut found: Vec<_> = tables.iter().map(of_table).collect();
        for (target, found) in tables.iter().zip(&mut found) {
            if let Found::Table(table) = found {
                table.next_id = next_id(session, target, table).await?;
            }
        }
        Ok(Self {
            role: get(role, "role")?,
            schema: get(role, "schema")?,
            may_create: get(role, "may_create")?,
            search_path: get(role, "search_path")?,
            tables: found,
        })
    }
}

impl Catalog {
    /// The managers' tables with the foreign keys that Postgres accepts.
    pub(super) fn with_possible_foreign_keys(&self, tables: &[TargetTable]) -> Vec<TargetTable> {
        let is_possible = |key: &ForeignKey| {
            let found = tables.iter().zip(&self.tables);
            let mut others = found.filter(|(table, _)| table.name.eq_ignore_ascii_case(key.table));
            others.all(|(_, found)| match found {
                Found::Table(other) => other.has_key(key.column),
                // A table that is created has one.
                Found::Nothing(_) => true,
            })
        };
        TargetTable::with_foreign_keys(tables, |key| Ok::<_, Infallible>(is_possible(key)))
            .unwrap_or_else(|never| match never {})
    }
}

fn read_table(row: &Row, details: &mut Details) -> Result<Found, Error> {
    let Some(oid) = get::<Option<u32>>(row, "oid")? else {
        return Ok(Found::Nothing(
            get::<Option<Vec<String>>>(row, "elsewhere")?.unwrap_or_default(),
        ));
    };
    let kind = match get::<String>(row, "kind")?.as_str() {
        "r" => Kind::Table,
        "p" => Kind::Partitioned(get::<Option<Vec<String>>>(row, "partition_key")?.unwrap_or_default()),
        "v" => Kind::View,
        "m" => Kind::MaterializedView,
        "f" => Kind::Foreign,
        _ => Kind::Other,
    };
    Ok(Found::Table(Box::new(ExistingTable {
        schema: get(row, "schema")?,
        owner: get(row, "owner")?,
        kind,
        is_unlogged: get(row, "is_unlogged")?,
        has_row_security: get(row, "has_row_security")?,
        updatable: Commands(get(row, "updatable")?),
        may_delete: get(row, "may_delete")?,
        has_insert_trigger: get(row, "has_insert_trigger")?,
        has_children: get(row, "has_children")?,
        columns: details.columns.remove(&oid).unwrap_or_default(),
        indexes: details.indexes.remove(&oid).unwrap_or_default(),
        foreign_keys: details.foreign_keys.remove(&oid).unwrap_or_default(),
        rules: details.rules.remove(&oid).unwrap_or_default(),
        next_id: None,
        partitions: details.partitions.remove(&oid).unwrap_or_default(),
    })))
}
