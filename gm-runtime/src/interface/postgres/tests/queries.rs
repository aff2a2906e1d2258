//! Built queries: pages with their count, conditions of callers, indexes, and what this process evaluates.

use std::sync::Arc;
use std::time::Duration;

use super::super::case_folding::ServersCaseFolding;
use super::super::error::ReadError;
use super::super::query::BuiltQuery;
use super::super::session::Session;
use super::super::statement::Statement;
use super::{rows, session};
use crate::condition::{ConditionTree, Lookup, Operand, Operator};
use crate::error::{Error, QueryError};
use crate::field::Value;
use crate::interface::sql::JsonRows;
use crate::manager::{Description, FieldDescription, FieldSet, Records};
use crate::protocol::items::RowWriter;
use crate::query::pattern::PatternTimeLimit;
use crate::query::{Direction, OrderBy, Select};

const ID: u16 = 0;
const TENANT: u16 = 1;
const TITLE: u16 = 2;
const CODE: u16 = 3;
const SCORE: u16 = 4;

static FIELDS: [FieldDescription; 5] = [
    FieldDescription::new::<i64>("id"),
    FieldDescription::new::<i64>("tenant"),
    FieldDescription::new::<String>("title"),
    FieldDescription::new::<Option<i64>>("code"),
    FieldDescription::new::<f64>("score"),
];
static TICKETS: Description = Description::new::<i64>("Ticket", &FIELDS, ID);

/// A session with a table of tickets.
struct Tickets {
    session: Arc<Session>,
    folding: ServersCaseFolding,
    limit: PatternTimeLimit,
}

impl Tickets {
    async fn new() -> Self {
        let session = session().await;
        let folding = ServersCaseFolding::default();
        folding.find(&session).await.unwrap();
        let tickets = Self {
            session,
            folding,
            limit: PatternTimeLimit::default(),
        };
        // The order of ICU is another one than that of code points.
        let create = "CREATE TEMP TABLE tickets (id bigint PRIMARY KEY, tenant bigint NOT NULL, \
            title text COLLATE \"en-x-icu\" NOT NULL, code bigint UNIQUE, score float8 NOT NULL)";
        tickets.execute(create).await;
        tickets.execute("CREATE INDEX ON tickets (tenant)").await;
        tickets
    }

    async fn execute(&self, sql: &str) {
        self.session
            .batch(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Adds tickets of alternating tenants, with these titles.
    async fn fill(&self, titles: &[&str]) {
        for (id, title) in (1_i64..).zip(titles) {
            let insert = format!(
                "INSERT INTO tickets VALUES ({id}, {}, '{title}', {id}, 1)",
                7 + id % 2
            );
            self.execute(&insert).await;
        }
    }

    fn built(&self, select: &Select) -> BuiltQuery {
        BuiltQuery::new(&TICKETS, "tickets", select, self.folding.get()).unwrap()
    }

    /// The ids and the total of a query.
    async fn ids(&self, select: &Select) -> Result<(Vec<i64>, Option<u64>), Error> {
        let read = self
            .built(select)
            .run(&self.session, self.limit, Records::new(&TICKETS))
            .await;
        let (records, total) = match read {
            Ok(read) => read,
            Err(ReadError::Failed(error)) => return Err(error),
            Err(ReadError::Database(error)) => panic!("{error:?}"),
        };
        let id = |row: &[Value]| match row[0] {
            Value::Integer(id) => id,
            ref other => panic!("{other:?}"),
        };
        Ok((records.iter().map(id).collect(), total))
    }

    /// Whether the row of this id is there for a caller, as a record and as JSON.
    async fn sees(&self, id: i64, sight: ConditionTree) -> bool {
        let id = Value::Integer(id);
        let query =
            BuiltQuery::for_row(&TICKETS, "tickets", &id, Arc::new(sight), self.folding.get()).unwrap();
        let records = query
            .run_for_row(&self.session, self.limit, Records::new(&TICKETS))
            .await;
        let Ok((records, exists)) = records else {
            panic!("the row is read");
        };
        let writer = Arc::new(RowWriter::new(&TICKETS, &FieldSet::ALL, 1 << 20));
        let json = query
            .run_for_row(&self.session, self.limit, JsonRows::new(writer, 1))
            .await;
        let Ok((_, exists_as_json)) = json else {
            panic!("the row is read");
        };
        assert_eq!((records.len(), exists_as_json), (usize::from(exists), exists));
        exists
    }

    /// The plan of the server, on one line.
    async fn plan(&self, select: &Select) -> String {
        let statement = self.built(select).statement().clone();
        let Statement { text, parameters } = statement;
        let plan = rows(&self.session, &format!("EXPLAIN (COSTS OFF) {text}"), parameters).await;
        let lines: Vec<&str> = plan.iter().map(|row| row.get(0)).collect();
        lines.join("\n")
    }
}

fn compared(field: u16, operator: Operator, value: Value) -> Lookup {
    Lookup {
        field,
        operator,
        operand: Operand::Value(value),
    }
}

/// A lookup for titles.
fn title(operator: Operator, text: &str) -> Lookup {
    compared(TITLE, operator, Value::Text(text.to_owned()))
}

fn is(field: u16, number: i64) -> ConditionTree {
    ConditionTree::Lookup(compared(field, Operator::Exact, Value::Integer(number)))
}

fn filtered(filter: Lookup) -> Select {
    let mut select = Select::new();
    select.filters.push(filter);
    select.count = true;
    select
}

fn paged(mut select: Select, page: u64, size: u64) -> Select {
    select.page = Some(page);
    select.page_size = Some(size);
    select
}

fn in_sight(mut select: Select, sight: ConditionTree) -> Select {
    select.condition = Some(Arc::new(sight));
    select
}

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
