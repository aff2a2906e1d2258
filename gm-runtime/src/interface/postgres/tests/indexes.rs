//! The indexes that answer queries.

use std::sync::Arc;

use super::tickets::{CODE, ID, TENANT, TICKETS, TITLE, Tickets, compared, in_sight, is, paged, title};
use crate::condition::Operator;
use crate::field::Value;
use crate::query::Direction::{Ascending, Descending};
use crate::query::{Direction, OrderBy, Position, Select};

#[tokio::test]
async fn a_rule_uses_the_index_that_the_same_filter_uses() {
    let tickets = Tickets::new().await;
    tickets.execute("SET enable_seqscan = off").await;
    let mut by_caller = Select::new();
    by_caller
        .filters
        .push(compared(TENANT, Operator::Exact, Value::Integer(7)));
    let sight = in_sight(Select::new(), is(TENANT, 7));
    let mut with_costly = sight.clone();
    with_costly.filters.push(title(Operator::IContains, "x"));
    let plan = tickets.plan(&by_caller).await;
    assert!(plan.contains("Index Cond: (tenant = '7'::bigint)"), "{plan}");
    assert_eq!(tickets.plan(&sight).await, plan);
    let plan = tickets.plan(&with_costly).await;
    assert!(plan.contains("Index Cond: (tenant = '7'::bigint)"), "{plan}");
    let any = tickets
        .plan(&in_sight(Select::new(), is(TENANT, 7).or(is(CODE, 1))))
        .await;
    assert!(any.contains("BitmapOr"), "{any}");
}

/// A column with the collation of the schema, and one with that of another tool.
#[tokio::test]
async fn indexes_answer_lookups_of_text() {
    let tickets = Tickets::new().await;
    tickets.execute("SET enable_seqscan = off").await;
    let by_title = |operator| {
        let mut select = Select::new();
        select.filters.push(title(operator, "abc"));
        select
    };
    tickets.execute("CREATE INDEX ON tickets (title)").await;
    let plan = tickets.plan(&by_title(Operator::Exact)).await;
    assert!(plan.contains("Index Cond: (title = 'abc'::text)"), "{plan}");
    tickets
        .execute("ALTER TABLE tickets ALTER title TYPE text COLLATE \"C\"")
        .await;
    for operator in [Operator::Exact, Operator::StartsWith, Operator::Gt] {
        let plan = tickets.plan(&by_title(operator)).await;
        assert!(plan.contains("Index Cond: "), "{operator:?}: {plan}");
    }
    let mut ordered = Select::new();
    ordered.ordering.push(OrderBy {
        field: TITLE,
        direction: Direction::Ascending,
    });
    tickets
        .execute("SET enable_sort = off; SET enable_incremental_sort = on")
        .await;
    let plan = tickets.plan(&paged(ordered, 1, 10)).await;
    tickets.execute("RESET enable_sort").await;
    assert!(plan.contains("tickets_title_idx"), "{plan}");
    // The expression of the folding can be indexed too.
    let statement = tickets
        .built(&by_title(Operator::IExact))
        .statement()
        .text
        .to_string();
    let (_, condition) = statement.split_once("WHERE ").unwrap();
    let (folded, _) = condition.split_once(" = $1").unwrap();
    tickets
        .execute(&format!("CREATE INDEX ON tickets (({folded}))"))
        .await;
    for operator in [Operator::IExact, Operator::IStartsWith] {
        let plan = tickets.plan(&by_title(operator)).await;
        assert!(plan.contains("Index Cond: "), "{operator:?}: {plan}");
    }
}

/// The page behind a row of ones.
fn behind(ordering: &[(u16, Direction)]) -> Select {
    let order = |(field, direction): &(u16, Direction)| OrderBy {
        field: *field,
        direction: *direction,
    };
    let mut select = Select::new();
    select.ordering = ordering.iter().map(order).collect();
    select.page_size = Some(10);
    let one = Value::Integer(1);
    let row = [
        one.clone(),
        one.clone(),
        Value::Text("1".to_owned()),
        one,
        Value::Float(1.0),
    ];
    let position = Position::behind_row(&TICKETS, &select.ordering, &row);
    select.position = Some(Arc::new(position));
    select
}

#[tokio::test]
async fn an_index_on_the_ordering_answers_a_page_behind_a_cursor() {
    let tickets = Tickets::new().await;
    tickets
        .execute(
            "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
            ALTER TABLE tickets ALTER title TYPE text COLLATE \"C\"; CREATE INDEX by_tenant ON tickets (tenant, id); \
            CREATE INDEX by_title ON tickets (title, id); CREATE INDEX by_both ON tickets (tenant DESC, title, id)",
        )
        .await;
    for (ordering, expected) in [
        (&[][..], "Index Cond: (id > '1'::bigint)"),
        (&[(ID, Descending)], "Index Cond: (id < '1'::bigint)"),
        (
            &[(TENANT, Ascending)],
            "Index Cond: (ROW(tenant, id) > ROW('1'::bigint, '1'::bigint))",
        ),
        (
            &[(TITLE, Ascending)],
            "Index Cond: (ROW(title, id) > ROW('1'::text, '1'::bigint))",
        ),
        (
            &[(TENANT, Descending), (TITLE, Ascending)],
            "Index Cond: (tenant <= '1'::bigint)",
        ),
    ] {
        let plan = tickets.plan(&behind(ordering)).await;
        assert!(plan.contains(expected), "{ordering:?}: {plan}");
        assert!(!plan.contains("Sort"), "{ordering:?}: {plan}");
    }
    // The order comes from an index, and the rows before the position are passed over.
    tickets
        .execute("CREATE INDEX by_code ON tickets (code, id)")
        .await;
    let plan = tickets.plan(&behind(&[(CODE, Ascending)])).await;
    assert!(plan.contains("by_code") && !plan.contains("Sort"), "{plan}");
}
