//! The indexes that answer queries.

use super::tickets::{CODE, TENANT, TITLE, Tickets, compared, in_sight, is, paged, title};
use crate::condition::Operator;
use crate::field::Value;
use crate::query::{Direction, OrderBy, Select};

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
