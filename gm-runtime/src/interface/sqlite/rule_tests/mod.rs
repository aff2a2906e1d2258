//! Rules in SQLite, as far as the public surface can't show them: the statements, the images of changes, and values that other
//! programs stored.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod reads;
mod writes;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{ConnectOptions, Location, Sqlite};
use crate::change::{Change, Hook, Subscription, Topic};
use crate::condition::{Rule, RuleOperand, RuleOperator};
use crate::error::Error;
use crate::field::Value;
use crate::interface::TransactionTimeLimit;
use crate::interface::sql::Synchronous;
use crate::interface::sql::schema::TargetTable;
use crate::interface::{
    Answer, ErasedInterface, Guard, Read, Representation, Target, Write, WriteRequest, Writes, Written,
};
use crate::manager::{Description, FieldDescription, Operation, Permissions, Record, Values};
use crate::query::pattern::PatternTimeLimit;
use crate::query::{ConditionTree, Lookup, Operand, Operator, Select};

const ID: u16 = 0;
const TENANT: u16 = 1;
const TITLE: u16 = 2;
const CODE: u16 = 3;
const OPEN: u16 = 4;

static FIELDS: [FieldDescription; 5] = [
    FieldDescription::new::<i64>("id"),
    FieldDescription::new::<i64>("tenant").with_index(),
    FieldDescription::new::<String>("title").with_blank().with_index(),
    FieldDescription::new::<Option<i64>>("code").with_unique(),
    FieldDescription::new::<bool>("open"),
];
static TICKETS: Description = Description::new::<i64>("Ticket", &FIELDS, ID)
    .with_table("tickets")
    .with_permissions(Permissions::none().read(Rule::Compare {
        field: TENANT,
        operator: RuleOperator::Equal,
        operand: RuleOperand::claim("tenant"),
    }));
/// Another manager of the table, without rules.
static PLAIN: Description = Description::new::<i64>("PlainTicket", &FIELDS, ID).with_table("tickets");

struct Tickets {
    sqlite: Sqlite,
    rows: Arc<dyn ErasedInterface>,
    published: Arc<Mutex<Vec<Change>>>,
    /// What the other manager of the table receives.
    routed: Arc<Mutex<Vec<Change>>>,
    _subscriptions: [Subscription; 2],
    _folder: tempfile::TempDir,
}

fn listen() -> (Arc<Topic>, Arc<Mutex<Vec<Change>>>, Subscription) {
    let topic = Arc::new(Topic::default());
    let published: Arc<Mutex<Vec<Change>>> = Arc::default();
    let list = Arc::clone(&published);
    let subscription = topic.subscribe(Arc::new(Hook(move |change: &Change| {
        list.lock().unwrap().push(change.clone());
    })));
    (topic, published, subscription)
}

impl Tickets {
    async fn new(patterns: PatternTimeLimit) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = ConnectOptions {
            location: Location::File(folder.path().join("test.db")),
            busy_timeout: Duration::from_secs(5),
            synchronous: Synchronous::Normal,
            retention: crate::interface::Retention::none(),
        };
        let sqlite = Sqlite::open(
            options,
            1,
            64,
            Duration::from_secs(30),
            TransactionTimeLimit::default(),
        )
        .await
        .unwrap();
        let tables = TargetTable::of([&TICKETS, &PLAIN]).unwrap();
        sqlite.check(tables, true).await.unwrap();
        let (topic, published, subscription) = listen();
        let (plain_topic, routed, plain_subscription) = listen();
        let rows = sqlite
            .interface(&TICKETS, "tickets", topic, patterns)
            .await
            .unwrap();
        let plain = sqlite.interface(&PLAIN, "tickets", plain_topic, patterns);
        plain.await.unwrap();
        Self {
            sqlite,
            rows,
            published,
            routed,
            _subscriptions: [subscription, plain_subscription],
            _folder: folder,
        }
    }

    /// Runs SQL on the writing thread, as another program would.
    async fn execute(&self, sql: &'static str) {
        let executed = self
            .sqlite
            .queues
            .on_writer(move |connection| connection.execute_batch(sql).map_err(Error::storage));
        executed.await.unwrap();
    }

    async fn write(&self, write: Write, guard: Option<Guard>) -> Result<Written, Error> {
        let request = WriteRequest {
            write,
            guard: guard.map(Box::new),
            expected_version: None,
            counts_as_changed: false,
            key: None,
            in_flight: Arc::new(Writes::default()).begin().unwrap(),
        };
        self.rows.write(request).await
    }

    async fn page(&self, select: Select, representation: Representation<'_>) -> Result<Answer, Error> {
        let read = Read {
            target: Target::Page(select),
            representation,
            fresh: false,
        };
        self.rows.read(read).await
    }

    /// The ids and the total of a query.
    async fn ids(&self, mut select: Select) -> Result<(Vec<Value>, Option<u64>), Error> {
        select.count = true;
        match self.page(select, Representation::Records).await? {
            Answer::Records(page) => Ok((
                page.rows.iter().map(|row| row[0].clone()).collect(),
                page.total_count,
            )),
            other => panic!("{other:?}"),
        }
    }

    async fn row(
        &self,
        id: i64,
        sight: ConditionTree,
        representation: Representation<'_>,
    ) -> Result<Answer, Error> {
        let id = Value::Integer(id);
        let read = Read {
            target: Target::Row {
                id: &id,
                condition: Some(Arc::new(sight)),
            },
            representation,
            fresh: false,
        };
        self.rows.read(read).await
    }

    fn take_images(&self) -> Vec<(Option<Record>, Option<Record>)> {
        let published = std::mem::take(&mut *self.published.lock().unwrap());
        let images = published
            .iter()
            .map(|change| change.images(&TICKETS).unwrap().clone());
        images.map(|images| (images.before, images.after)).collect()
    }
}

fn lookup(field: u16, operator: Operator, operand: Operand) -> ConditionTree {
    ConditionTree::Lookup(Lookup {
        field,
        operator,
        operand,
    })
}

fn tenant(tenant: i64) -> ConditionTree {
    lookup(TENANT, Operator::Exact, Operand::Value(Value::Integer(tenant)))
}

fn ticket(tenant: i64, title: &str, code: Option<i64>) -> Write {
    let mut values = Values::new();
    values.set(TENANT, Value::Integer(tenant));
    values.set(TITLE, Value::Text(title.to_owned()));
    values.set(CODE, code.map_or(Value::Null, Value::Integer));
    values.set(OPEN, Value::Bool(true));
    Write::Create(values)
}

fn update(id: i64, field: u16, value: Value) -> Write {
    let mut values = Values::new();
    values.set(field, value);
    Write::Update(Value::Integer(id), values)
}

fn record(id: i64, tenant: i64, title: &str) -> Record {
    Record::new(vec![
        Value::Integer(id),
        Value::Integer(tenant),
        Value::Text(title.to_owned()),
        Value::Null,
        Value::Bool(true),
    ])
}

/// The rules of a caller who sees, and may write, the rows of a tenant.
fn of_tenant(operation: Operation, number: i64) -> Guard {
    let rule = Some(Arc::new(tenant(number)));
    Guard {
        description: &TICKETS,
        operation,
        sight: rule.clone(),
        before: rule.clone(),
        after: rule,
        refusal: None,
    }
}

fn select(sight: ConditionTree) -> Select {
    let mut select = Select::new();
    select.condition = Some(Arc::new(sight));
    select
}
