//! SQL that brings a file in line with its managers.

use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};

use super::decimals;
use super::difference::{Difference, Remedy};
use super::found::{FoundColumn, FoundTable};
use crate::field::{Value, ValueType};
use crate::interface::database::schema::{SqlDialect, WantedColumn, WantedTable, create_table, says_places};
use crate::interface::database::sqlite::values::encode;
use crate::manager::{FieldDefault, FieldDescription, Purpose};

const SQL: SqlDialect = SqlDialect::Sqlite;

/// The statements that end these differences of a table, with comments on what they do to its rows.
pub(super) fn alter(wanted: &WantedTable, found: &FoundTable, differences: &[Difference]) -> String {
    let mut text = String::new();
    let mut rebuild = false;
    let (mut columns, mut indexes): (Vec<WantedColumn>, Vec<WantedColumn>) = Default::default();
    let all = wanted.columns();
    for difference in differences {
        match difference.remedy {
            Remedy::AddColumn(column) => {
                // With what another manager of the table wants of it.
                let same = |known: &&WantedColumn| known.name().eq_ignore_ascii_case(column.name());
                once(&mut columns, all.iter().find(same).copied().unwrap_or(column));
            }
            Remedy::CreateIndex(column) => once(&mut indexes, column),
            Remedy::Rebuild => rebuild = true,
            Remedy::None => {}
        }
    }
    if rebuild {
        text.push_str(&self::rebuild(wanted, found));
        return text;
    }
    let table = SQL.quote(wanted.name);
    for column in columns {
        let (value, given) = value_for_rows(column.field);
        let default = if column.field.nullable() {
            String::new()
        } else {
            text.push_str(&given_to_rows(&column, &value, &given));
            format!(" DEFAULT {value}")
        };
        let definition = column.definition(SQL);
        text.push_str(&format!(
            "ALTER TABLE {table} ADD COLUMN {definition}{default};\n"
        ));
        if column.unique || column.index {
            once(&mut indexes, column);
        }
    }
    for column in indexes {
        if let Some(statement) = column.create_index(wanted.name, SQL) {
            text.push_str(&format!("{statement};\n"));
        }
    }
    text
}

/// Two managers may want the same of one table.
fn once(columns: &mut Vec<WantedColumn>, column: WantedColumn) {
    if !columns
        .iter()
        .any(|known| known.name().eq_ignore_ascii_case(column.name()))
    {
        columns.push(column);
    }
}

/// Makes the table anew. Every statement behind a copy that fails fails too, or changes nothing: the shell of SQLite goes
/// on after an error, and would drop rows that are nowhere else. So the old table moves away, where
/// <https://www.sqlite.org/lang_altertable.html#otheralter> has the new one move in: what is to be dropped has its name
/// only as long as the copy stands.
fn rebuild(wanted: &WantedTable, found: &FoundTable) -> String {
    let (old, new) = (SQL.quote(&found.aside), SQL.quote(wanted.name));
    // The column's own lines say the places, and what the statement below said may be others.
    let check = if found.columns.iter().any(|column| column.places.is_some()) {
        "CHECK other than decimal_places_.."
    } else {
        "CHECK"
    };
    let mut text = format!(
        "-- A column can't be changed, so the table is made anew. It was made by the statement below: carry over what\n\
         -- else that says ({check}, REFERENCES, COLLATE, computed columns).\n"
    );
    for line in found.statement.lines() {
        text.push_str(&format!("--     {line}\n"));
    }
    let (mut lines, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut columns = wanted.columns();
    for column in &mut columns {
        if matches!(column.field.value_type(), ValueType::Integer { .. }) {
            // They go on to be the units of decimals.
            let there = found.column(column.name()).and_then(|old| old.places);
            column.places = column.places.or(there);
        }
    }
    for column in &columns {
        lines.push(column.definition(SQL));
        if column.assigned() && found.column(column.name()).is_none() {
            // Rows without ids get new ones.
            continue;
        }
        names.push(SQL.quote(column.name()));
        values.push(copied(wanted, column, found, &mut text));
    }
    // Of the others nothing is known but what was declared, which STRICT need not like.
    let mut strict = true;
    for column in others(&columns, found) {
        strict = found.strict;
        lines.push(declared(column));
        names.push(SQL.quote(&column.name));
        values.push(SQL.quote(&column.name));
    }
    lines.extend(unique_lines(found));
    // What names the table elsewhere, such as foreign keys and views, goes on to name the one that has its name.
    text.push_str("PRAGMA foreign_keys = OFF;\nPRAGMA legacy_alter_table = ON;\nBEGIN;\n");
    text.push_str(&format!("ALTER TABLE {new} RENAME TO {old};\n"));
    let create = create_table(wanted.name, &lines, SQL);
    let create = if strict {
        create.as_str()
    } else {
        create.trim_end_matches(" STRICT")
    };
    text.push_str(&format!("{create};\n"));
    text.push_str(&format!(
        "INSERT INTO {new} ({}) SELECT {} FROM {old};\n",
        names.join(", "),
        values.join(", ")
    ));
    // Of `temp` also once it is no more there: the file may have a table of that name.
    let copied = format!("temp.{}", SQL.quote(&format!("{}__copied", wanted.name)));
    text.push_str(&format!(
        "CREATE TABLE {copied} (whole INTEGER CHECK (whole));\n\
         INSERT OR ROLLBACK INTO {copied} SELECT (SELECT count(*) FROM {new}) = (SELECT count(*) FROM {old}){};\n\
         DROP TABLE {copied};\n",
        not_again(&columns, found)
    ));
    if found.columns.iter().any(|column| column.autoincrement) {
        // Else the ids of deleted rows would be given again.
        text.push_str(&format!(
            "DELETE FROM sqlite_sequence WHERE name = {0} AND {1} IN (SELECT name FROM sqlite_sequence);\n\
             INSERT INTO sqlite_sequence (name, seq) SELECT {0}, seq FROM sqlite_sequence WHERE name = {1};\n",
            quoted(wanted.name),
            quoted(&found.aside)
        ));
    }
    text.push_str(&format!("DROP TABLE {old};\n"));
    let has_index = |column: &&WantedColumn| match found.column(column.name()) {
        // The index of a key that is no more is not carried over.
        Some(old) if old.in_key => false,
        Some(old) if column.unique => found.is_unique(old),
        Some(old) => found.is_indexed(old),
        None => false,
    };
    let made: Vec<_> = columns
        .iter()
        .filter(|column| !has_index(column))
        .filter_map(|column| column.create_index(wanted.name, SQL))
        .collect();
    for statement in &made {
        text.push_str(&format!("{statement};\n"));
    }
    for statement in &found.belongings {
        text.push_str(&format!("{statement};\n"));
    }
    text.push_str("COMMIT;\nPRAGMA legacy_alter_table = OFF;\nPRAGMA foreign_keys = ON;\n");
    text
}

/// A copy that makes other units of decimals would do so again where the statements are run twice: the table would then
/// say already what it is to say.
fn not_again(columns: &[WantedColumn], found: &FoundTable) -> String {
    let mut conditions = String::new();
    for column in columns {
        let there = found.column(column.name()).map(|old| old.places);
        if let (Some(there), Some(places)) = (there, column.places)
            && there != Some(places)
        {
            // By the name that shells before 3.33 know too: a check that can't be prepared rolls nothing back.
            conditions.push_str(&format!(
                "\n    AND (SELECT instr(sql, {}) = 0 FROM sqlite_master WHERE name = {})",
                quoted(&says_places(column.name(), places)),
                quoted(&found.aside)
            ));
        }
    }
    conditions
}

/// What a row of the new table gets from the old one.
fn copied(wanted: &WantedTable, column: &WantedColumn, found: &FoundTable, text: &mut String) -> String {
    let (value, given) = value_for_rows(column.field);
    let Some(old) = found.column(column.name()) else {
        if !column.field.nullable() {
            text.push_str(&given_to_rows(column, &value, &given));
        }
        return value;
    };
    let copied = decimals::copied(wanted, column, old, text);
    // A null id is assigned when the row is put in.
    if column.field.nullable() || column.assigned() || old.not_null || old.in_key {
        return copied;
    }
    text.push_str(&given_to_rows(column, &value, &given));
    format!("coalesce({copied}, {value})")
}

fn given_to_rows(column: &WantedColumn, value: &str, given: &Given) -> String {
    let name = SQL.quote(column.name());
    let why = match given {
        Given::Default => "which is the field's default".to_owned(),
        Given::Neutral => "which stands for nothing better: put what they shall have".to_owned(),
        Given::Unfit(expected) => {
            format!("which the field can't read ({expected}): put what they shall have")
        }
        Given::UnfitDefault(expected) => {
            format!("since the field's default does not fit it ({expected}): put what they shall have")
        }
    };
    let line = format!("Rows that have no {name} get {value}, {why}.");
    // A default may have several lines, and what is behind the first would be run.
    format!("-- {}\n", line.replace(['\n', '\r'], " "))
}

fn others<'a>(columns: &[WantedColumn], found: &'a FoundTable) -> impl Iterator<Item = &'a FoundColumn> {
    found.columns.iter().filter(|column| {
        !column.generated
            && !columns
                .iter()
                .any(|known| known.name().eq_ignore_ascii_case(&column.name))
    })
}

fn declared(column: &FoundColumn) -> String {
    let mut line = format!("{} {}", SQL.quote(&column.name), column.declared);
    if column.not_null {
        line.push_str(" NOT NULL");
    }
    if let Some(places) = column.places {
        line.push(' ');
        line.push_str(&says_places(&column.name, places));
    }
    if let Some(default) = &column.default {
        line.push_str(&format!(" DEFAULT ({default})"));
    }
    line
}

/// The table's own UNIQUE constraints; those made by CREATE INDEX are made again as they were.
fn unique_lines(found: &FoundTable) -> impl Iterator<Item = String> {
    found
        .indexes
        .iter()
        .filter(|index| index.origin == "u")
        .filter_map(|index| {
            let names: Option<Vec<_>> = index
                .columns
                .iter()
                .map(|(name, _)| name.as_deref().map(|name| SQL.quote(name)))
                .collect();
            Some(format!("UNIQUE ({})", names?.join(", ")))
        })
}

/// Why rows get the value that they get.
enum Given {
    /// The field's default says so.
    Default,
    /// Nothing says better.
    Neutral,
    /// Nothing says better, and the field has no such value: why not.
    Unfit(String),
    /// The field's default is none that it may have: why not.
    UnfitDefault(String),
}

/// What rows get that have no value yet, and why.
fn value_for_rows(field: &FieldDescription) -> (String, Given) {
    let (value, mut given) = match field.default() {
        _ if field.nullable() => (Value::Null, Given::Default),
        FieldDefault::Value(default) => (default(), Given::Default),
        FieldDefault::None | FieldDefault::Owner => (neutral(field.value_type()), Given::Neutral),
    };
    let value = field.normalize(value, Purpose::Compare);
    let fits = value.and_then(|value| encode(field, &value).map(|value| literal(&value)));
    let text = fits.unwrap_or_else(|error| {
        let why = error.message().to_owned();
        given = match given {
            // An enum, and a type of the application's own, need not take what stands for nothing.
            Given::Neutral | Given::Unfit(_) => Given::Unfit(why),
            Given::Default | Given::UnfitDefault(_) => Given::UnfitDefault(why),
        };
        // Of its type, so that there is a form for it.
        encode(field, &neutral(field.value_type()))
            .map_or_else(|_| "NULL".to_owned(), |value| literal(&value))
    });
    (text, given)
}

fn neutral(value_type: ValueType) -> Value {
    match value_type {
        ValueType::Bool => Value::Bool(false),
        ValueType::Integer { min, max } => Value::Integer(0_i64.clamp(min, max)),
        ValueType::Float => Value::Float(0.0),
        ValueType::Float32 => Value::Float32(0.0),
        ValueType::Decimal => Value::Decimal(rust_decimal::Decimal::ZERO),
        ValueType::Text => Value::Text(String::new()),
        ValueType::Bytes => Value::Bytes(Box::default()),
        ValueType::Date => Value::Date(chrono::NaiveDate::default()),
        ValueType::Time => Value::Time(chrono::NaiveTime::MIN),
        ValueType::DateTime => Value::DateTime(chrono::DateTime::UNIX_EPOCH),
        ValueType::Uuid => Value::Uuid(uuid::Uuid::nil()),
        ValueType::Json => Value::Json(Box::new(serde_json::Value::Object(serde_json::Map::new()))),
    }
}

fn literal(value: &ToSqlOutput<'_>) -> String {
    let value = match value {
        ToSqlOutput::Borrowed(value) => *value,
        ToSqlOutput::Owned(Owned::Integer(value)) => ValueRef::Integer(*value),
        ToSqlOutput::Owned(Owned::Real(value)) => ValueRef::Real(*value),
        ToSqlOutput::Owned(Owned::Text(text)) => ValueRef::Text(text.as_bytes()),
        ToSqlOutput::Owned(Owned::Blob(bytes)) => ValueRef::Blob(bytes),
        _ => ValueRef::Null,
    };
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        // With a point or an exponent, so that it is no integer.
        ValueRef::Real(value) => format!("{value:?}"),
        ValueRef::Text(text) => quoted(&String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{hex}'")
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
