//! The conformance kit passes right storage of fields that are special: without a known value, filled in by the owner, and with a rule.

use std::sync::{Mutex, MutexGuard, PoisonError};

use garde::Validate;
use gm_runtime::field::{FieldType, NotNull, Value, ValueError, ValueType};
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm, testing};
use gm_tests::conformance::Running;
use gm_tests::random::seed;

use crate::conformance::passes_in_postgres;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
struct Ticket {
    #[field(id)]
    id: i64,
    #[field(regex = "^T-[0-9]{9}$")]
    number: Option<String>,
}

#[tokio::test]
async fn sqlite_passes_with_a_nullable_field_without_a_known_value() {
    let kit = testing::handle::<Ticket, _>(async || {
        let gm = Gm::builder().database("sqlite::memory:").manager::<Ticket>();
        gm.build().await
    });
    kit.seed(seed(6)).run().await.unwrap();
}

#[tokio::test]
async fn postgres_passes_with_a_nullable_field_without_a_known_value() {
    passes_in_postgres::<Ticket>(seed(6), |builder| builder.manager::<Ticket>()).await;
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "unique_tickets")]
struct UniqueTicket {
    #[field(id)]
    id: i64,
    #[field(unique, regex = "^T-[0-9]{9}$")]
    number: Option<String>,
}

#[tokio::test]
async fn sqlite_passes_with_a_unique_field_without_a_known_value() {
    let kit = testing::handle::<UniqueTicket, _>(async || {
        let gm = Gm::builder()
            .database("sqlite::memory:")
            .manager::<UniqueTicket>();
        gm.build().await
    });
    kit.seed(seed(7)).run().await.unwrap();
}

#[tokio::test]
async fn postgres_passes_with_a_unique_field_without_a_known_value() {
    passes_in_postgres::<UniqueTicket>(seed(7), |builder| builder.manager::<UniqueTicket>()).await;
}

/// A consumer's struct. Its owner counts the versions of a row.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "documents")]
struct RemoteDocument {
    #[field(id)]
    id: i64,
    #[field(blank)]
    text: String,
    #[field(read_only)]
    version: i32,
}

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Documents)]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "documents",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
struct Document {
    #[field(id)]
    id: i64,
    #[field(blank)]
    text: String,
    #[field(read_only, default = 1)]
    version: i32,
}

/// The rows, and the last id that was assigned.
#[derive(Default)]
struct Documents(Mutex<(Vec<Document>, i64)>);

impl Documents {
    fn state(&self) -> MutexGuard<'_, (Vec<Document>, i64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interface<Document> for Documents {
    async fn query(&self, select: &Select) -> Result<Page<Document>, Error> {
        Ok(select.page_of(&self.state().0))
    }

    async fn get(&self, id: &i64) -> Result<Option<Document>, Error> {
        let state = self.state();
        Ok(state.0.iter().find(|document| document.id == *id).cloned())
    }

    async fn create(&self, values: &Values) -> Result<Document, Error> {
        let mut state = self.state();
        state.1 += 1;
        let document: Document = values.to_row_with_id(state.1)?;
        state.0.push(document.clone());
        Ok(document)
    }

    async fn update(&self, id: &i64, values: &Values) -> Result<Option<Updated<Document>>, Error> {
        let mut state = self.state();
        let Some(document) = state.0.iter_mut().find(|document| document.id == *id) else {
            return Ok(None);
        };
        let mut updated = values.applied_to(document)?;
        if updated.changed {
            updated.row.version += 1;
        }
        *document = updated.row.clone();
        Ok(Some(updated))
    }

    async fn delete(&self, id: &i64) -> Result<bool, Error> {
        let mut state = self.state();
        let before = state.0.len();
        state.0.retain(|document| document.id != *id);
        Ok(state.0.len() < before)
    }
}

#[tokio::test]
async fn an_owner_that_fills_in_a_read_only_field_passes() {
    let builder = Gm::builder().interface::<Document>(Documents::default());
    let owner = Running::start(builder.expose::<Document>()).await.unwrap();
    let consumer = Gm::builder().base_url("http://owner.test", format!("http://{}", owner.address));
    let consumer = consumer.build().await.unwrap();
    let kit = testing::handle::<RemoteDocument, _>(async || {
        for document in &RemoteDocument::all(&consumer).fresh().await? {
            document.delete(&consumer).await?;
        }
        Ok(consumer.clone())
    });
    let result = kit.seed(seed(8)).cases(6).run().await;
    owner.stop().await.unwrap();
    result.unwrap();
}

/// A row that few values by chance make.
#[derive(Clone, Debug, GeneralManager, Validate)]
#[database(table = "pairs")]
#[manager(validate)]
struct Pair {
    #[field(id)]
    #[garde(skip)]
    id: i64,
    #[garde(skip)]
    first: i32,
    #[garde(custom(belongs_to(&self.first)))]
    last: i32,
}

fn belongs_to(first: &i32) -> impl FnOnce(&i32, &()) -> garde::Result + '_ {
    move |last, ()| match (first, last) {
        (7, 77) | (9, 99) => Ok(()),
        _ => Err(garde::Error::new("is no such pair")),
    }
}

#[tokio::test]
async fn whole_examples_are_rows_that_a_rule_allows() {
    let kit = || testing::handle::<Pair, _>(async || Gm::builder().in_memory::<Pair>().build().await);
    let failure = kit().run().await.unwrap_err().to_string();
    assert!(failure.contains("`.examples([..])`"), "{failure}");
    let pair = |first, last| Pair { id: 1, first, last };
    kit().examples([pair(7, 77), pair(9, 99)]).run().await.unwrap();
}

/// A colour, a type that the kit does not know.
#[derive(Clone, Debug, PartialEq)]
struct Colour(String);

impl FieldType for Colour {
    const VALUE_TYPE: ValueType = ValueType::Text;

    fn into_value(self) -> Value {
        Value::Text(self.0)
    }

    fn to_value(&self) -> Value {
        self.clone().into_value()
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        match String::from_value(value)? {
            text if text.len() == 7 && text.starts_with('#') => Ok(Self(text)),
            _ => Err(ValueError::new("expected a colour like #ff8800")),
        }
    }
}

impl NotNull for Colour {}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "lamps")]
struct Lamp {
    #[field(id)]
    id: i64,
    colour: Colour,
    #[field(regex = "[A-Z]{2}-[0-9]+")]
    shelf: String,
}

#[tokio::test]
async fn unknown_value_types_are_covered_by_examples() {
    let kit = || testing::handle::<Lamp, _>(async || Gm::builder().in_memory::<Lamp>().build().await);
    let failure = kit().run().await.unwrap_err().to_string();
    for part in ["`Lamp`", "a value of the field `colour`", "`.examples([..])`"] {
        assert!(failure.contains(part), "{failure}");
    }
    let lamp = |colour: &str, shelf: &str| Lamp {
        id: 1,
        colour: Colour(colour.into()),
        shelf: shelf.into(),
    };
    kit()
        .examples([lamp("#ff8800", "AB-1"), lamp("#000000", "XY-20")])
        .run()
        .await
        .unwrap();
}
