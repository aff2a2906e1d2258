//! The indexes that answer pages behind a cursor.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use rusqlite::Connection;

use super::functions;
use super::query::BuiltQuery;
use crate::field::Value;
use crate::manager::{Description, FieldDescription};
use crate::query::Direction::{Ascending, Descending};
use crate::query::{Direction, OrderBy, Position, Select};

const ID: u16 = 0;
const RANK: u16 = 1;
const TITLE: u16 = 2;
const DUE: u16 = 3;

static FIELDS: [FieldDescription; 4] = [
    FieldDescription::new::<i64>("id"),
    FieldDescription::new::<i64>("rank"),
    FieldDescription::new::<String>("title"),
    FieldDescription::new::<Option<i64>>("due"),
];
static TICKETS: Description = Description::new::<i64>("Ticket", &FIELDS, ID).with_table("tickets");

/// The plan of SQLite for a page of ten rows behind a row of ones.
fn plan(indexes: &str, ordering: &[(u16, Direction)]) -> String {
    let connection = Connection::open_in_memory().unwrap();
    functions::register(&connection).unwrap();
    let create = "CREATE TABLE tickets (id INTEGER PRIMARY KEY, rank INTEGER NOT NULL, title TEXT NOT NULL, \
        due INTEGER) STRICT;";
    connection.execute_batch(&format!("{create}{indexes}")).unwrap();
    let order = |(field, direction): &(u16, Direction)| OrderBy {
        field: *field,
        direction: *direction,
    };
    let mut select = Select::new();
    select.ordering = ordering.iter().map(order).collect();
    select.page_size = Some(10);
    let one = Value::Integer(1);
    let row = [one.clone(), one.clone(), Value::Text("1".to_owned()), one];
    let position = Position::behind_row(&TICKETS, &select.ordering, &row);
    select.position = Some(Arc::new(position));
    let query = BuiltQuery::new(&TICKETS, "tickets", &select).unwrap();
    let explain = format!("EXPLAIN QUERY PLAN {}", query.text());
    let mut plan = connection.prepare(&explain).unwrap();
    let mut rows = plan.raw_query();
    let mut steps: Vec<String> = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps.join("; ")
}

#[test]
fn an_index_on_the_ordering_answers_a_page_behind_a_cursor() {
    for (indexes, ordering, expected) in [
        ("", &[][..], "SEARCH tickets USING INTEGER PRIMARY KEY (rowid>?)"),
        (
            "",
            &[(ID, Descending)],
            "SEARCH tickets USING INTEGER PRIMARY KEY (rowid<?)",
        ),
        (
            "CREATE INDEX by_rank ON tickets (rank)",
            &[(RANK, Ascending)],
            "SEARCH tickets USING INDEX by_rank (rank>?)",
        ),
        (
            "CREATE INDEX by_rank ON tickets (rank)",
            &[(RANK, Descending), (ID, Descending)],
            "SEARCH tickets USING INDEX by_rank (rank<?)",
        ),
        (
            "CREATE INDEX by_both ON tickets (rank, title)",
            &[(RANK, Ascending), (TITLE, Ascending)],
            "SEARCH tickets USING INDEX by_both ((rank,title)>(?,?))",
        ),
        // The range of the first field, since the id is ascending.
        (
            "CREATE INDEX by_rank ON tickets (rank DESC, id)",
            &[(RANK, Descending)],
            "SEARCH tickets USING INDEX by_rank (rank<?)",
        ),
        (
            "CREATE INDEX by_both ON tickets (rank DESC, title, id)",
            &[(RANK, Descending), (TITLE, Ascending)],
            "SEARCH tickets USING INDEX by_both (rank<?)",
        ),
    ] {
        assert_eq!(plan(indexes, ordering), expected, "{ordering:?}");
    }
}

/// The order comes from the index, and the rows before the position are passed over.
#[test]
fn an_index_on_a_nullable_field_answers_the_order() {
    let plan = plan(
        "CREATE INDEX by_due ON tickets (due DESC, id)",
        &[(DUE, Descending)],
    );
    assert_eq!(plan, "SCAN tickets USING INDEX by_due");
}
