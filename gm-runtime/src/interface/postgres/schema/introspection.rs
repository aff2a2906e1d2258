//! Introspection: reads the role and its tables from the catalogs.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use super::column_type::ColumnType;
use super::existing_table::{
    Commands, ExistingColumn, ExistingIndex, ExistingTable, Identity, Kind, Partition, Rule,
};
use crate::error::Error;
use crate::interface::postgres::error;
use crate::interface::postgres::parameter::Parameter;
use crate::interface::postgres::session::Session;
use crate::interface::postgres::statement::Statement;
use crate::interface::sql::schema::TargetTable;

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
        let found = rows(session, include_str!("queries/tables.sql"), Some(array(&names))).await?;
        let mut oids = Vec::new();
        for row in &found {
            oids.extend(get::<Option<u32>>(row, "oid")?.map(|oid| oid.to_string()));
        }
        let mut details = Details::read(session, array(&oids)).await?;
        let mut by_name = HashMap::new();
        for row in &found {
            by_name.insert(get::<String>(row, "name")?, read_table(row, &mut details)?);
        }
        let of_table = |table: &TargetTable| by_name.remove(table.name).unwrap_or(Found::Nothing(Vec::new()));
        Ok(Self {
            role: get(role, "role")?,
            schema: get(role, "schema")?,
            may_create: get(role, "may_create")?,
            search_path: get(role, "search_path")?,
            tables: tables.iter().map(of_table).collect(),
        })
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
        rules: details.rules.remove(&oid).unwrap_or_default(),
        partitions: details.partitions.remove(&oid).unwrap_or_default(),
    })))
}

/// What belongs to a table, by the table's oid.
struct Details {
    columns: HashMap<u32, Vec<ExistingColumn>>,
    indexes: HashMap<u32, Vec<ExistingIndex>>,
    rules: HashMap<u32, Vec<Rule>>,
    partitions: HashMap<u32, Vec<Partition>>,
}

impl Details {
    async fn read(session: &Session, oids: String) -> Result<Self, Error> {
        let columns = rows(session, include_str!("queries/columns.sql"), Some(oids.clone())).await?;
        let indexes = rows(session, include_str!("queries/indexes.sql"), Some(oids.clone())).await?;
        let rules = rows(session, include_str!("queries/rules.sql"), Some(oids.clone())).await?;
        let partitions = rows(session, include_str!("queries/partitions.sql"), Some(oids)).await?;
        Ok(Self {
            columns: by_table(&columns, read_column)?,
            indexes: by_table(&indexes, read_index)?,
            rules: by_table(&rules, read_rule)?,
            partitions: by_table(&partitions, read_partition)?,
        })
    }
}

fn by_table<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, Error>) -> Result<HashMap<u32, Vec<T>>, Error> {
    let mut by_table: HashMap<u32, Vec<T>> = HashMap::new();
    for row in rows {
        let table = by_table.entry(get(row, "table_oid")?).or_default();
        table.push(read(row)?);
    }
    Ok(by_table)
}

fn read_column(row: &Row) -> Result<ExistingColumn, Error> {
    let type_name: String = get(row, "type")?;
    Ok(ExistingColumn {
        name: get(row, "name")?,
        declared: get(row, "declared")?,
        column_type: ColumnType::of(
            &type_name,
            get(row, "is_builtin")?,
            get(row, "is_enum")?,
            get(row, "modifier")?,
        ),
        is_domain: get(row, "is_domain")?,
        is_not_null: get(row, "is_not_null")?,
        default: get(row, "default")?,
        identity: match get::<String>(row, "identity")?.as_str() {
            "a" => Some(Identity::Always),
            "d" => Some(Identity::ByDefault),
            _ => None,
        },
        is_generated: get(row, "is_generated")?,
        collation: get(row, "collation")?,
        is_deterministic: get(row, "is_deterministic")?,
        sorts_by_bytes: get(row, "sorts_by_bytes")?,
        may_select: get(row, "may_select")?,
        may_insert: get(row, "may_insert")?,
        may_update: get(row, "may_update")?,
        forbidden_sequence: get(row, "forbidden_sequence")?,
    })
}

fn read_index(row: &Row) -> Result<ExistingIndex, Error> {
    Ok(ExistingIndex {
        name: get(row, "name")?,
        is_btree: get(row, "is_btree")?,
        is_unique: get(row, "is_unique")?,
        is_valid: get(row, "is_valid")?,
        predicate: get(row, "predicate")?,
        columns: get(row, "columns")?,
        first_key: get(row, "first_key")?,
        has_column_collation: get(row, "has_column_collation")?,
        sorts_by_bytes: get(row, "sorts_by_bytes")?,
        is_deterministic: get(row, "is_deterministic")?,
        has_equal_nulls: get(row, "has_equal_nulls")?,
    })
}

fn read_rule(row: &Row) -> Result<Rule, Error> {
    Ok(Rule {
        name: get(row, "name")?,
        command: get(row, "command")?,
    })
}

fn read_partition(row: &Row) -> Result<Partition, Error> {
    Ok(Partition {
        name: get(row, "name")?,
        schema: get(row, "schema")?,
        plain_name: get(row, "plain_name")?,
        parent: get(row, "parent")?,
        is_leaf: get(row, "is_leaf")?,
    })
}

/// The text of an array with these members, which have no character that needs to be escaped in it.
fn array(members: &[String]) -> String {
    format!("{{{}}}", members.join(","))
}

/// Executes a query of the catalogs.
async fn rows(session: &Session, text: &'static str, parameter: Option<String>) -> Result<Vec<Row>, Error> {
    let statement = Statement {
        text: Arc::from(text),
        parameters: parameter.into_iter().map(Parameter::text).collect(),
    };
    let rows = session.query(&statement).await.map_err(unreadable)?;
    rows.try_collect().await.map_err(unreadable)
}

fn get<'r, T: FromSql<'r>>(row: &'r Row, name: &str) -> Result<T, Error> {
    row.try_get(name).map_err(unreadable)
}

fn unreadable(error: tokio_postgres::Error) -> Error {
    error::or_storage(&error, "the tables can't be read")
}
