//! Queries of which this process evaluates a part.

use std::time::Duration;

use super::rows;
use super::tickets::{CODE, ID, TENANT, Tickets, compared, filtered, in_sight, is, paged, title};
use crate::condition::Operator;
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{Direction, OrderBy, Select};

/// Each match of a pattern is late here, so a match of a hidden row would fail the query.
#[tokio::test]
async fn a_pattern_is_matched_on_rows_in_sight_alone() {
    let mut tickets = Tickets::new().await;
    tickets.fill(&["eight"]).await;
    tickets.limit = PatternTimeLimit(Duration::ZERO);
    let pattern = || title(Operator::Regex, "^x");
    let mut excluding = Select::new();
    excluding.excludes.push(pattern());
    excluding.count = true;
    for select in [filtered(pattern()), excluding] {
        let hidden = tickets.ids(&in_sight(select.clone(), is(TENANT, 7))).await;
        assert_eq!(hidden.unwrap(), (vec![], Some(0)));
        let seen = tickets.ids(&in_sight(select, is(TENANT, 8))).await;
        assert!(
            matches!(seen, Err(Error::Query(QueryError::PatternTimeout { .. }))),
            "{seen:?}"
        );
        tickets.execute("ROLLBACK").await;
    }
}

#[tokio::test]
async fn a_scan_has_the_pages_and_the_total_of_any_query() {
    let tickets = Tickets::new().await;
    let insert = "INSERT INTO tickets SELECT i, 7, 'ticket ' || i, i, 1 FROM generate_series(1, 10000) i";
    tickets.execute(insert).await;
    // Those that end in 7 or 8, in the opposite order.
    let mut select = filtered(title(Operator::Regex, "[78]$"));
    select.excludes.push(title(Operator::Regex, "8$"));
    select
        .excludes
        .push(compared(CODE, Operator::Gt, Value::Integer(5_000)));
    select.ordering.push(OrderBy {
        field: ID,
        direction: Direction::Descending,
    });
    let matches = |id: &i64| id % 10 == 7 || (id % 10 == 8 && *id <= 5_000);
    let expected: Vec<i64> = (1..=10_000).rev().filter(matches).collect();
    let total = Some(expected.len() as u64);
    assert_eq!(tickets.ids(&select).await.unwrap(), (expected.clone(), total));
    for (page, size) in [(1, 10), (2, 700), (3, 700), (1, 5_000), (u64::MAX, 5)] {
        let start = usize::try_from((page - 1).saturating_mul(size)).unwrap();
        let ids: Vec<i64> = expected.iter().skip(start).take(size as usize).copied().collect();
        let mut paged = paged(select.clone(), page, size);
        assert_eq!(
            tickets.ids(&paged).await.unwrap(),
            (ids.clone(), total),
            "page {page}"
        );
        paged.count = false;
        assert_eq!(tickets.ids(&paged).await.unwrap(), (ids, None), "page {page}");
    }
    let cursors = rows(
        &tickets.session,
        "SELECT FROM pg_cursors WHERE name = 'gm_scan'",
        vec![],
    )
    .await;
    assert!(cursors.is_empty());
}

/// A search for a long text takes the product of both lengths on the server, in one step that can't be cancelled.
#[tokio::test]
async fn a_long_text_is_searched_in_this_process() {
    let tickets = Tickets::new().await;
    let long = format!("{}b{}", "a".repeat(200_000), "a".repeat(200_000));
    tickets.fill(&["short", &long]).await;
    for (operator, part, found) in [
        (Operator::Contains, format!("b{}", "a".repeat(100_000)), true),
        (Operator::Contains, format!("b{}b", "a".repeat(100_000)), false),
        (Operator::IContains, format!("B{}", "A".repeat(100_000)), true),
    ] {
        let select = filtered(title(operator, part.as_str()));
        assert!(tickets.built(&select).is_scan());
        let ids = if found { vec![2] } else { vec![] };
        assert_eq!(tickets.ids(&select).await.unwrap(), (ids, Some(u64::from(found))));
    }
}
