//! A session with a table of tickets, and queries for them.

use std::sync::Arc;

use super::super::case_folding::ServersCaseFolding;
use super::super::error::ReadError;
use super::super::query::BuiltQuery;
use super::super::session::Session;
use super::super::statement::Statement;
use super::{rows, session};
use crate::condition::{ConditionTree, Lookup, Operand, Operator};
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::JsonRows;
use crate::manager::{Description, FieldDescription, FieldSet, Records};
use crate::protocol::items::RowWriter;
use crate::query::Select;
use crate::query::pattern::PatternTimeLimit;

pub(super) const ID: u16 = 0;
pub(super) const TENANT: u16 = 1;
pub(super) const TITLE: u16 = 2;
pub(super) const CODE: u16 = 3;
pub(super) const SCORE: u16 = 4;

static FIELDS: [FieldDescription; 5] = [
    FieldDescription::new::<i64>("id"),
    FieldDescription::new::<i64>("tenant"),
    FieldDescription::new::<String>("title"),
    FieldDescription::new::<Option<i64>>("code"),
    FieldDescription::new::<f64>("score"),
];
pub(super) static TICKETS: Description = Description::new::<i64>("Ticket", &FIELDS, ID);

/// A session with a table of tickets.
pub(super) struct Tickets {
    pub(super) session: Arc<Session>,
    folding: ServersCaseFolding,
    pub(super) limit: PatternTimeLimit,
}

impl Tickets {
    pub(super) async fn new() -> Self {
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

    pub(super) async fn execute(&self, sql: &str) {
        self.session
            .batch(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Adds tickets of alternating tenants, with these titles.
    pub(super) async fn fill(&self, titles: &[&str]) {
        for (id, title) in (1_i64..).zip(titles) {
            let insert = format!(
                "INSERT INTO tickets VALUES ({id}, {}, '{title}', {id}, 1)",
                7 + id % 2
            );
            self.execute(&insert).await;
        }
    }

    pub(super) fn built(&self, select: &Select) -> BuiltQuery {
        BuiltQuery::new(&TICKETS, "tickets", select, self.folding.get(), false).unwrap()
    }

    /// The ids and the total of a query.
    pub(super) async fn ids(&self, select: &Select) -> Result<(Vec<i64>, Option<u64>), Error> {
        let read = self
            .built(select)
            .run(&self.session, self.limit, Records::new(&TICKETS))
            .await;
        let (records, total) = match read {
            Ok((records, end)) => (records, end.total),
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
    pub(super) async fn sees(&self, id: i64, sight: ConditionTree) -> bool {
        let mut select = Select::new();
        select.filters.push(Lookup {
            field: ID,
            operator: Operator::Exact,
            operand: Operand::Value(Value::Integer(id)),
        });
        select.condition = Some(Arc::new(sight));
        let query = BuiltQuery::new(&TICKETS, "tickets", &select, self.folding.get(), false).unwrap();
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
    pub(super) async fn plan(&self, select: &Select) -> String {
        let statement = self.built(select).statement().clone();
        let Statement { text, parameters } = statement;
        let plan = rows(&self.session, &format!("EXPLAIN (COSTS OFF) {text}"), parameters).await;
        let lines: Vec<&str> = plan.iter().map(|row| row.get(0)).collect();
        lines.join("\n")
    }
}

pub(super) fn compared(field: u16, operator: Operator, value: Value) -> Lookup {
    Lookup {
        field,
        operator,
        operand: Operand::Value(value),
    }
}

/// A lookup for titles.
pub(super) fn title(operator: Operator, text: &str) -> Lookup {
    compared(TITLE, operator, Value::Text(text.to_owned()))
}

pub(super) fn is(field: u16, number: i64) -> ConditionTree {
    ConditionTree::Lookup(compared(field, Operator::Exact, Value::Integer(number)))
}

pub(super) fn filtered(filter: Lookup) -> Select {
    let mut select = Select::new();
    select.filters.push(filter);
    select.count = true;
    select
}

pub(super) fn paged(mut select: Select, page: u64, size: u64) -> Select {
    select.page = Some(page);
    select.page_size = Some(size);
    select
}

pub(super) fn in_sight(mut select: Select, sight: ConditionTree) -> Select {
    select.condition = Some(Arc::new(sight));
    select
}
