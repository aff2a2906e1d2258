//! What belongs to a table: its columns, indexes, rules and partitions.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::catalog_query::{get, rows};
use super::column_type::ColumnType;
use super::existing_table::{
    ExistingColumn, ExistingForeignKey, ExistingIndex, Identity, Partition, Rule, Sequence,
};
use crate::error::Error;
use crate::interface::postgres::session::Session;

/// What belongs to a table, by the table's oid.
pub(super) struct Details {
    pub(super) columns: HashMap<u32, Vec<ExistingColumn>>,
    pub(super) indexes: HashMap<u32, Vec<ExistingIndex>>,
    pub(super) foreign_keys: HashMap<u32, Vec<ExistingForeignKey>>,
    pub(super) rules: HashMap<u32, Vec<Rule>>,
    pub(super) partitions: HashMap<u32, Vec<Partition>>,
}

impl Details {
    pub(super) async fn read(session: &Session, oids: String) -> Result<Self, Error> {
        let columns = rows(session, include_str!("queries/columns.sql"), Some(oids.clone())).await?;
        let indexes = rows(session, include_str!("queries/indexes.sql"), Some(oids.clone())).await?;
        let keys = include_str!("queries/foreign_keys.sql");
        let foreign_keys = rows(session, keys, Some(oids.clone())).await?;
        let rules = rows(session, include_str!("queries/rules.sql"), Some(oids.clone())).await?;
        let partitions = rows(session, include_str!("queries/partitions.sql"), Some(oids)).await?;
        Ok(Self {
            columns: by_table(&columns, read_column)?,
            indexes: by_table(&indexes, read_index)?,
            foreign_keys: by_table(&foreign_keys, read_foreign_key)?,
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
        sequence: read_sequence(row)?,
    })
}

fn read_sequence(row: &Row) -> Result<Option<Sequence>, Error> {
    let Some(name) = get(row, "sequence")? else {
        return Ok(None);
    };
    Ok(Some(Sequence {
        name,
        is_forbidden: get(row, "is_sequence_forbidden")?,
        is_readable: get(row, "is_sequence_readable")?,
        increment: get(row, "sequence_increment")?,
    }))
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

fn read_foreign_key(row: &Row) -> Result<ExistingForeignKey, Error> {
    Ok(ExistingForeignKey {
        name: get(row, "name")?,
        column: get(row, "column")?,
        table: get(row, "other_table")?,
        to: get(row, "other_column")?,
        on_delete: match get::<String>(row, "action")?.as_str() {
            "c" => "CASCADE",
            "n" => "SET NULL",
            "d" => "SET DEFAULT",
            // `RESTRICT` differs only inside of one statement.
            _ => "NO ACTION",
        },
        is_valid: get(row, "is_valid")?,
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
