//! Pages with their count, the order of text, and the conditions of callers.

use super::tickets::{
    CODE, SCORE, TENANT, TICKETS, TITLE, Tickets, compared, filtered, in_sight, is, paged, title,
};
use crate::condition::{ConditionTree, Lookup, Operand, Operator};
use crate::error::Error;
use crate::field::Value;
use crate::query::{Direction, OrderBy, Select};

#[tokio::test]
async fn each_page_has_the_total() {
    let tickets = Tickets::new().await;
    let mut all = Select::new();
    all.count = true;
    assert_eq!(
        tickets.ids(&paged(all.clone(), 1, 2)).await.unwrap(),
        (vec![], Some(0))
    );
    tickets.fill(&["a", "b", "c", "d", "e"]).await;
    for (page, ids) in [
        (1, vec![1, 2]),
        (2, vec![3, 4]),
        (3, vec![5]),
        (4, vec![]),
        (u64::MAX, vec![]),
    ] {
        let select = paged(all.clone(), page, 2);
        assert_eq!(tickets.ids(&select).await.unwrap(), (ids.clone(), Some(5)));
        let mut uncounted = select;
        uncounted.count = false;
        assert_eq!(tickets.ids(&uncounted).await.unwrap(), (ids, None));
    }
    assert_eq!(tickets.ids(&all).await.unwrap(), (vec![1, 2, 3, 4, 5], Some(5)));
    let mut descending = paged(all, 1, 2);
    descending.ordering.push(OrderBy {
        field: TITLE,
        direction: Direction::Descending,
    });
    assert_eq!(tickets.ids(&descending).await.unwrap(), (vec![5, 4], Some(5)));
}

/// The column has another collation, as a table of another tool may.
#[tokio::test]
async fn text_is_compared_by_code_point() {
    let tickets = Tickets::new().await;
    tickets
        .fill(&["b", "B", "ä", "a", "z", "Z", "\u{ffee}", "𐐀"])
        .await;
    let mut ordered = Select::new();
    ordered.ordering.push(OrderBy {
        field: TITLE,
        direction: Direction::Ascending,
    });
    let by_code_point = vec![2, 6, 4, 1, 5, 3, 7, 8];
    assert_eq!(tickets.ids(&ordered).await.unwrap(), (by_code_point, None));
    let greater = filtered(title(Operator::Gt, "a"));
    assert_eq!(
        tickets.ids(&greater).await.unwrap(),
        (vec![1, 3, 5, 7, 8], Some(5))
    );
    let beginning = filtered(title(Operator::StartsWith, "b"));
    assert_eq!(tickets.ids(&beginning).await.unwrap(), (vec![1], Some(1)));
    let equal = filtered(title(Operator::Exact, "b"));
    assert_eq!(tickets.ids(&equal).await.unwrap(), (vec![1], Some(1)));
    let folded = filtered(title(Operator::IStartsWith, "B"));
    assert_eq!(tickets.ids(&folded).await.unwrap(), (vec![1, 2], Some(2)));
}

#[tokio::test]
async fn one_row_is_read_only_in_sight() {
    let tickets = Tickets::new().await;
    tickets.fill(&["seven"]).await;
    assert!(tickets.sees(1, is(TENANT, 8)).await);
    assert!(!tickets.sees(1, is(TENANT, 7)).await);
    assert!(!tickets.sees(2, is(TENANT, 8)).await);
    let patterned = ConditionTree::Lookup(title(Operator::Regex, "^s"));
    assert!(tickets.sees(1, patterned.clone()).await);
    assert!(!tickets.sees(1, !patterned).await);
}

/// Otherwise its existence would show, in a total or an error.
#[tokio::test]
async fn an_unreadable_row_that_is_out_of_sight_is_neither_counted_nor_reported() {
    let tickets = Tickets::new().await;
    tickets.fill(&["eight"]).await;
    tickets.execute("UPDATE tickets SET score = 'NaN'").await;
    let mut all = Select::new();
    all.count = true;
    let read = tickets.ids(&in_sight(all.clone(), is(TENANT, 8))).await;
    let Err(Error::Record { row: Some(row), .. }) = read else {
        panic!("{read:?}");
    };
    assert_eq!(row.to_string(), "1");
    let read = tickets.ids(&in_sight(all.clone(), is(TENANT, 7))).await;
    assert_eq!(read.unwrap(), (vec![], Some(0)));
    // A condition on the value itself does not hold, and neither does its opposite.
    let score = ConditionTree::Lookup(compared(SCORE, Operator::Gt, Value::Float(0.0)));
    let patterned = ConditionTree::Lookup(title(Operator::Regex, "x"));
    for sight in [
        score.clone(),
        !score.clone(),
        score.clone().and(!patterned.clone()),
        !(score.or(patterned)),
    ] {
        let read = tickets.ids(&in_sight(all.clone(), sight)).await;
        assert_eq!(read.unwrap(), (vec![], Some(0)));
    }
}

#[tokio::test]
async fn conditions_of_any_size_stay_within_the_limits_of_the_server() {
    let tickets = Tickets::new().await;
    tickets
        .execute("INSERT INTO tickets VALUES (1, 7, 'seven', 1500, 1)")
        .await;
    let pairs = |tenant| (0..1_500).map(move |code| is(TENANT, tenant).and(is(CODE, code + 1)));
    let mut all = paged(Select::new(), 1, 10);
    all.count = true;
    for (tenant, is_found) in [(7, true), (8, false)] {
        let any = ConditionTree::Any(pairs(tenant).collect());
        let opposite = !ConditionTree::All(pairs(tenant).map(|pair| !pair).collect());
        for tree in [any, opposite] {
            let tree = TICKETS.normalize_condition(tree).unwrap();
            let expected = if is_found {
                (vec![1], Some(1))
            } else {
                (vec![], Some(0))
            };
            assert_eq!(tickets.ids(&in_sight(all.clone(), tree)).await.unwrap(), expected);
        }
    }
    let codes = (1..=10_000).map(Value::Integer).collect();
    let within = ConditionTree::Lookup(Lookup {
        field: CODE,
        operator: Operator::In,
        operand: Operand::List(codes),
    });
    assert_eq!(
        tickets.ids(&in_sight(all, within)).await.unwrap(),
        (vec![1], Some(1))
    );
}
