//! What a caller with rules reads.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::super::query::BuiltQuery;
use super::{CODE, OPEN, TENANT, TICKETS, TITLE, Tickets, lookup, select, tenant, ticket};
use crate::field::Value;
use crate::interface::{Answer, Representation};
use crate::manager::FieldSet;
use crate::protocol::items::RowWriter;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{ConditionTree, Direction, Lookup, Operand, Operator, OrderBy, Select};

#[tokio::test]
async fn one_row_is_read_only_in_sight() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    tickets.write(ticket(7, "seven", None), None).await.unwrap();
    let writer = Arc::new(RowWriter::new(&TICKETS, &FieldSet::ALL, 1 << 20));
    for representation in [Representation::Records, Representation::Json(&writer)] {
        let row = tickets.row(1, tenant(7), representation).await.unwrap();
        assert!(matches!(row, Answer::Record(_) | Answer::Json(_)), "{row:?}");
        let row = tickets.row(1, tenant(8), representation).await.unwrap();
        assert!(matches!(row, Answer::Nothing), "{row:?}");
        let patterned = lookup(
            TITLE,
            Operator::Regex,
            Operand::Value(Value::Text("^s".to_owned())),
        );
        let row = tickets.row(1, !patterned, representation).await.unwrap();
        assert!(matches!(row, Answer::Nothing), "{row:?}");
    }
}

/// Otherwise its existence would show, in a total or an error.
#[tokio::test]
async fn an_unreadable_row_that_is_out_of_sight_is_neither_counted_nor_reported() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    tickets.write(ticket(7, "seven", None), None).await.unwrap();
    tickets.execute("UPDATE tickets SET open = 2").await;
    let writer = Arc::new(RowWriter::new(&TICKETS, &FieldSet::ALL, 1 << 20));
    assert!(
        tickets
            .page(select(tenant(7)), Representation::Json(&writer))
            .await
            .is_err()
    );
    let mut hidden = select(tenant(8));
    hidden.count = true;
    let Answer::Json(page) = tickets.page(hidden, Representation::Json(&writer)).await.unwrap() else {
        panic!("the rows are JSON");
    };
    assert_eq!(page.total_count, Some(0));
    assert!(!page.items.is_all_left_out());
    let row = tickets
        .row(1, tenant(8), Representation::Json(&writer))
        .await
        .unwrap();
    assert!(matches!(row, Answer::Nothing), "{row:?}");
}

/// Each match of a pattern is late here, so a match of a hidden row would fail the query.
///
/// In the order of an index, SQLite evaluates what the index can answer before it reads the row, and with the row the field that
/// the condition compares.
#[tokio::test]
async fn a_pattern_is_matched_on_rows_in_sight_alone() {
    let tickets = Tickets::new(PatternTimeLimit(Duration::ZERO)).await;
    let created = tickets.write(ticket(7, "seven", None), None);
    created.await.unwrap();
    let is_open = |open| lookup(OPEN, Operator::Exact, Operand::Value(Value::Bool(open)));
    let patterned = |open, is_exclude| {
        let mut select = select(is_open(open));
        let pattern = Lookup {
            field: TITLE,
            operator: Operator::Regex,
            operand: Operand::Value(Value::Text("^x".to_owned())),
        };
        let lookups = if is_exclude {
            &mut select.excludes
        } else {
            &mut select.filters
        };
        lookups.push(pattern);
        select.ordering.push(OrderBy {
            field: TITLE,
            direction: Direction::Ascending,
        });
        select
    };
    for is_exclude in [false, true] {
        let hidden = tickets.ids(patterned(false, is_exclude)).await.unwrap();
        assert_eq!(hidden, (vec![], Some(0)));
        assert!(tickets.ids(patterned(true, is_exclude)).await.is_err());
    }
}

/// The plan of SQLite for a query.
fn plan(connection: &Connection, query: &BuiltQuery) -> Vec<String> {
    let mut plan = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {}", query.text()))
        .unwrap();
    // The parameters stay null, and their values do not matter for the plan.
    let mut rows = plan.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

#[tokio::test]
async fn a_rule_uses_the_index_that_the_same_filter_uses() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    let exactly = |field: u16, value: i64| Lookup {
        field,
        operator: Operator::Exact,
        operand: Operand::Value(Value::Integer(value)),
    };
    let costly = Lookup {
        field: TITLE,
        operator: Operator::IContains,
        operand: Operand::Value(Value::Text("x".to_owned())),
    };
    let mut by_caller = Select::new();
    by_caller.filters = vec![exactly(TENANT, 7)];
    let mut with_costly = select(tenant(7));
    with_costly.filters = vec![costly];
    let any = select(tenant(7).or(lookup(CODE, Operator::Exact, Operand::Value(Value::Integer(1)))));
    let pairs = (0..150).map(|code| {
        tenant(7).and(lookup(
            CODE,
            Operator::Exact,
            Operand::Value(Value::Integer(code)),
        ))
    });
    let many = select(ConditionTree::Any(pairs.collect()));
    let indexed = tickets.sqlite.queues.on_writer(move |connection| {
        let plan = |select: &Select| plan(connection, &BuiltQuery::new(&TICKETS, "tickets", select).unwrap());
        assert_eq!(plan(&select(tenant(7))), plan(&by_caller));
        assert_eq!(plan(&with_costly), plan(&by_caller));
        assert!(
            plan(&by_caller).iter().any(|step| step.contains("USING INDEX")),
            "{:?}",
            plan(&by_caller)
        );
        for any in [&any, &many] {
            assert!(
                plan(any).iter().any(|step| step.contains("MULTI-INDEX OR")),
                "{:?}",
                plan(any)
            );
        }
        Ok(())
    });
    indexed.await.unwrap();
}

#[tokio::test]
async fn conditions_of_any_size_stay_within_the_limits_of_sqlite() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    tickets
        .write(ticket(7, "seven", Some(1_500)), None)
        .await
        .unwrap();
    let is = |field, number| lookup(field, Operator::Exact, Operand::Value(Value::Integer(number)));
    let pairs = |tenant| (0..1_500).map(move |code| is(TENANT, tenant).and(is(CODE, code + 1)));
    let found = (vec![Value::Integer(1)], Some(1));
    for (tenant, is_found) in [(7, true), (8, false)] {
        let any = ConditionTree::Any(pairs(tenant).collect());
        let all = !ConditionTree::All(pairs(tenant).map(|pair| !pair).collect());
        for tree in [any, all] {
            let tree = TICKETS.normalize_condition(tree).unwrap();
            let expected = if is_found {
                found.clone()
            } else {
                (vec![], Some(0))
            };
            assert_eq!(tickets.ids(select(tree)).await.unwrap(), expected);
        }
    }
}

/// The operands of a large condition are written in another way.
#[tokio::test]
async fn a_large_condition_accepts_the_rows_that_its_parts_accept() {
    let tickets = Tickets::new(PatternTimeLimit::default()).await;
    for (tenant, title, code) in [(7, "seven", Some(3)), (8, "eight", None), (9, "Nine", Some(1))] {
        tickets.write(ticket(tenant, title, code), None).await.unwrap();
    }
    let value = |number| Operand::Value(Value::Integer(number));
    let text = |text: &str| Operand::Value(Value::Text(text.to_owned()));
    let list = |numbers: [i64; 2]| Operand::List(numbers.map(Value::Integer).to_vec());
    let conditions = [
        lookup(TENANT, Operator::Gt, value(7)),
        lookup(CODE, Operator::Lte, value(2)),
        lookup(CODE, Operator::Exact, value(3)),
        lookup(CODE, Operator::Exact, Operand::Value(Value::Null)),
        lookup(CODE, Operator::IsNull, Operand::Flag(false)),
        lookup(CODE, Operator::In, list([1, 3])),
        lookup(TENANT, Operator::Range, list([8, 9])),
        lookup(TITLE, Operator::Gte, text("f")),
        lookup(TITLE, Operator::Exact, text("Nine")),
        lookup(TITLE, Operator::IContains, text("n")),
    ];
    for condition in conditions {
        let none = (1..200).map(|number| lookup(TENANT, Operator::Lt, value(-number)));
        let large = ConditionTree::Any(none.chain([condition.clone()]).collect());
        let query = BuiltQuery::new(&TICKETS, "tickets", &select(large.clone())).unwrap();
        assert!(query.text().contains("COALESCE(?, NULL)"), "{}", query.text());
        for (small, large) in [(condition.clone(), large.clone()), (!condition, !large)] {
            let expected = tickets.ids(select(small.clone())).await.unwrap();
            assert_eq!(tickets.ids(select(large)).await.unwrap(), expected, "{small:?}");
            assert!(expected.1 < Some(3), "{small:?}");
        }
    }
}
