//! `#[manager(interface = ..)]`: own storage has the features of a database.

use std::time::Duration;

use futures_util::FutureExt as _;
use gm_runtime::access::Principal;
use gm_runtime::change::Action;
use gm_runtime::client::SubscriptionState;
use gm_runtime::field::Value;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm, Manager as _};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use rust_decimal::Decimal;
use serde_json::json;
use tokio::sync::mpsc;

use crate::storage::{Shelf, of_given_ids};

/// Storage with pages of two rows, whatever size is requested.
#[derive(Default)]
struct Pairs;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Pairs)]
#[permission(read = public)]
#[remote_api(resource = "numbers", allow_filter)]
struct Number {
    #[field(id)]
    id: i64,
}

impl Interface<Number> for Pairs {
    async fn query(&self, select: &Select) -> Result<Page<Number>, Error> {
        let mut select = select.clone();
        select.page_size = select.page_size.map(|size| size.min(2));
        let numbers: Vec<_> = (1..=5).map(|id| Number { id }).collect();
        Ok(select.page_of(&numbers))
    }

    async fn get(&self, id: &i64) -> Result<Option<Number>, Error> {
        Ok((1..=5).contains(id).then_some(Number { id: *id }))
    }

    /// The implementation for ids that are not assigned.
    async fn create(&self, values: &Values) -> Result<Number, Error> {
        values.to_row()
    }

    async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<Number>>, Error> {
        Err(Error::Unavailable("numbers are there"))
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Err(Error::Unavailable("numbers are there"))
    }
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<Note>)]
#[permission(read = public, create = public, update = public, delete = authenticated)]
#[remote_api(
    resource = "notes",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
#[remote_manager(base_url = "http://owner.test", websocket_invalidation)]
struct Note {
    #[field(id)]
    id: i64,
    #[field(max_length = 10)]
    text: String,
    #[field(default = 1)]
    stars: i32,
    // Without a table, the digits need not be declared.
    price: Option<Decimal>,
}

/// A manager whose storage has no `Default`.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Shelf<Word>)]
struct Word {
    #[field(id)]
    word: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "pages")]
struct Stored {
    #[field(id)]
    id: i64,
}

fn note(text: &str) -> NoteCreate {
    NoteCreate { text: text.into() }
}

async fn serve() -> (Running, Gm) {
    let running = Running::start(Gm::builder().expose::<Note>()).await.unwrap();
    let consumer = Gm::builder()
        .base_url("http://owner.test", format!("http://{}", running.address))
        .build()
        .await
        .unwrap();
    (running, consumer)
}

#[tokio::test]
async fn the_verbs_of_both_sides() {
    let (running, consumer) = serve().await;
    let owner = &running.gm;
    let first = Note::create(note("first")).stars(3).exec(owner).await.unwrap();
    assert_eq!((first.id, first.stars, first.price), (1, 3, None));
    let second = RemoteNote::create(RemoteNoteCreate {
        text: "second".into(),
    });
    let second = second.price(Decimal::new(150, 2)).exec(&consumer).await.unwrap();
    assert_eq!((second.id, second.stars), (2, 1));
    assert_eq!(second.price, Some(Decimal::new(15, 1)));

    let query = RemoteNote::filter(|n| n.text.icontains("S")).order_by(|n| n.stars.asc());
    let ids: Vec<i64> = query.all(&consumer).await.unwrap().iter().map(|n| n.id).collect();
    assert_eq!(ids, [2, 1]);
    assert_eq!(query.page(2).page_size(1).all(&consumer).await.unwrap()[0].id, 1);
    assert_eq!(Note::count(owner).await.unwrap(), 2);

    let changed = second.update().text("other").exec(&consumer).await.unwrap();
    assert_eq!(Note::get(owner, 2).await.unwrap().text, changed.text);
    first.delete(owner).await.unwrap();
    let gone = RemoteNote::get(&consumer, 1).await.unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn checks_and_permissions_precede_own_storage() {
    let (running, consumer) = serve().await;
    let owner = &running.gm;
    let long = Note::create(note("12345678901")).exec(owner).await.unwrap_err();
    assert!(long.is_invalid(), "{long}");
    let row = Note::create(note("a")).exec(owner).await.unwrap();
    let anybody = owner.acting_as(Principal::anonymous());
    assert!(row.delete(&anybody).await.unwrap_err().is_permission_denied());
    let denied = RemoteNote::by_id(1).delete(&consumer).await.unwrap_err();
    assert!(denied.is_permission_denied(), "{denied}");
    let odd = Request::new("POST", "/gm/notes").json(r#"{"text": 5}"#);
    let answer = odd.send(running.address).await.unwrap();
    assert_eq!(
        (answer.status, &answer.json()["error_code"]),
        (400, &json!("validation_error"))
    );
    assert_eq!(Note::count(owner).await.unwrap(), 1);
    running.stop().await.unwrap();
}

/// Otherwise callers that read page by page would skip rows.
#[tokio::test]
async fn own_storage_decides_the_page_size() {
    let running = Running::start(Gm::builder().expose::<Number>()).await.unwrap();
    for (body, ids, size) in [
        (r#"{"page_size": 3}"#, json!([{"id": 1}, {"id": 2}]), 2),
        (r#"{"page_size": 2, "page": 3}"#, json!([{"id": 5}]), 2),
        (r#"{"page_size": 1}"#, json!([{"id": 1}]), 1),
    ] {
        let query = Request::new("POST", "/gm/numbers/query").json(body);
        let answer = query.send(running.address).await.unwrap().json();
        assert_eq!(answer["items"], ids);
        assert_eq!(answer["metadata"]["page_size"], json!(size));
    }
    running.stop().await.unwrap();
}

#[tokio::test]
async fn changes_are_published_and_invalidate_caches() {
    let (running, consumer) = serve().await;
    let owner = &running.gm;
    let row = Note::create(note("a")).exec(owner).await.unwrap();
    let mut subscription = consumer.subscription::<RemoteNote>().unwrap();
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    let (sender, mut received) = mpsc::unbounded_channel();
    let _told = consumer.on_change::<RemoteNote>(move |change| {
        let _ = sender.send((change.action(), change.id().cloned()));
    });
    assert_eq!(RemoteNote::get(&consumer, 1).await.unwrap().text, "a");
    row.update().text("b").exec(owner).await.unwrap();
    assert_eq!(
        received.recv().await,
        Some((Action::Update, Some(Value::Integer(1))))
    );
    assert_eq!(RemoteNote::get(&consumer, 1).await.unwrap().text, "b");
    // Nothing changed, so there is no event. The next event is the delete.
    row.update().text("b").exec(owner).await.unwrap();
    row.delete(owner).await.unwrap();
    assert_eq!(received.recv().await.unwrap().0, Action::Delete);
    assert!(RemoteNote::get(&consumer, 1).await.unwrap_err().is_not_found());
    running.stop().await.unwrap();
}

#[tokio::test]
async fn storage_without_a_default_must_be_given_to_the_builder() {
    let missing = Gm::builder().manager::<Word>().build().await.unwrap_err();
    let message = missing.to_string();
    for part in ["`Word`", "Shelf<", "`.interface::<Word>(..)`"] {
        assert!(message.contains(part), "{message}");
    }
    let given = Gm::builder()
        .interface::<Word>(of_given_ids())
        .build()
        .await
        .unwrap();
    let word = WordCreate { word: "a".into() };
    Word::create(word.clone()).exec(&given).await.unwrap();
    let twice = Word::create(word).exec(&given).await.unwrap_err();
    assert!(twice.is_conflict(), "{twice}");
}

#[tokio::test]
async fn each_handle_creates_its_storage_and_the_builder_can_replace_it() {
    let one = Gm::builder().manager::<Note>().build().await.unwrap();
    let other = Gm::builder().manager::<Note>().build().await.unwrap();
    Note::create(note("a")).exec(&one).await.unwrap();
    assert_eq!(Note::count(&other).await.unwrap(), 0);
    let memory = Gm::builder().in_memory::<Word>().build().await.unwrap();
    let word = WordCreate { word: "a".into() };
    Word::create(word).exec(&memory).await.unwrap();
    // Own storage can replace a table, so no database is needed.
    let shelf = Shelf::<Stored>::default();
    let gm = Gm::builder().interface::<Stored>(shelf).build().await.unwrap();
    let row = Stored::create(StoredCreate {}).exec(&gm).await.unwrap();
    assert_eq!(row.id, 1);
}

#[tokio::test]
async fn assigned_ids_come_from_the_storage() {
    let gm = Gm::builder().manager::<Number>().build().await.unwrap();
    let error = Number::create(NumberCreate {}).exec(&gm).await.unwrap_err();
    assert!(matches!(error, Error::Storage(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the storage failed: the storage assigns `Number`.`id`: create the row with `Values::to_row_with_id`"
    );
}

/// A consumer whose rows are in own storage in a test. The storage fills in the fields of the owner.
#[tokio::test]
async fn defaults_and_assigned_values_are_filled_in() {
    #[derive(Clone, Debug, GeneralManager)]
    #[remote_manager(base_url = "http://tickets.test", resource = "tickets")]
    struct Ticket {
        #[field(id)]
        id: i64,
        #[field(read_only)]
        scans: u32,
    }
    struct Owner;
    impl Interface<Ticket> for Owner {
        async fn query(&self, select: &Select) -> Result<Page<Ticket>, Error> {
            Ok(select.page_of(&[]))
        }
        async fn get(&self, _: &i64) -> Result<Option<Ticket>, Error> {
            Ok(None)
        }
        async fn create(&self, _: &Values) -> Result<Ticket, Error> {
            Ok(Ticket { id: 1, scans: 3 })
        }
        async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<Ticket>>, Error> {
            Ok(None)
        }
        async fn delete(&self, _: &i64) -> Result<bool, Error> {
            Ok(false)
        }
    }
    let gm = Gm::builder().interface::<Ticket>(Owner).build().await.unwrap();
    let ticket = Ticket::create(TicketCreate {}).exec(&gm).await.unwrap();
    assert_eq!(ticket.scans, 3);
}

/// Storage that never answers.
#[derive(Default)]
struct Silent;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Silent)]
#[permission(read = public, update = public)]
#[remote_api(resource = "secrets", allow_filter, allow_detail)]
struct Secret {
    #[field(id)]
    id: i64,
    word: String,
}

impl Interface<Secret> for Silent {
    async fn query(&self, _: &Select) -> Result<Page<Secret>, Error> {
        std::future::pending().await
    }

    async fn get(&self, _: &i64) -> Result<Option<Secret>, Error> {
        std::future::pending().await
    }

    async fn create(&self, values: &Values) -> Result<Secret, Error> {
        values.to_row()
    }

    async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<Secret>>, Error> {
        Err(Error::Unavailable("secrets are kept"))
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Err(Error::Unavailable("secrets are kept"))
    }
}

#[tokio::test]
async fn a_read_without_an_answer_times_out() {
    let builder = Gm::builder()
        .expose::<Secret>()
        .read_time_limit(Duration::from_millis(50));
    let service = Running::start(builder).await.unwrap();
    let read = Secret::query().all(&service.gm).await;
    assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    let read = Secret::get(&service.gm, 1).await;
    assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    for request in [
        Request::new("POST", "/gm/secrets/query").json("{}"),
        Request::new("GET", "/gm/secrets/1"),
    ] {
        let answer = request.send(service.address).await.unwrap();
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    }
    service.stop().await.unwrap();
}

/// Storage with a version column, which each write compares.
#[derive(Default)]
struct Versioned;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Versioned)]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "shifts", allow_detail, allow_create, allow_update)]
#[remote_manager(base_url = "http://owner.test")]
struct Shift {
    #[field(id)]
    id: i64,
    version: i64,
}

impl Interface<Shift> for Versioned {
    async fn query(&self, select: &Select) -> Result<Page<Shift>, Error> {
        Ok(select.page_of(&[]))
    }

    async fn get(&self, id: &i64) -> Result<Option<Shift>, Error> {
        Ok(Some(Shift { id: *id, version: 4 }))
    }

    async fn create(&self, _: &Values) -> Result<Shift, Error> {
        Err(Error::conflict("Shift", None, "the week is planned already"))
    }

    async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<Shift>>, Error> {
        Err(Error::conflict(
            "Shift",
            Some("version"),
            "somebody has changed it meanwhile",
        ))
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Ok(false)
    }
}

/// A conflict need not be about a unique value.
#[tokio::test]
async fn a_conflict_has_the_message_of_the_storage() {
    let running = Running::start(Gm::builder().expose::<Shift>()).await.unwrap();
    let owner = &running.gm;
    let consumer = Gm::builder().base_url("http://owner.test", format!("http://{}", running.address));
    let consumer = consumer.build().await.unwrap();
    let said = |error: &Error| {
        assert!(error.is_conflict(), "{error}");
        let errors = error.field_errors().into_iter();
        errors
            .map(|error| (error.field().map(str::to_owned), error.message().to_owned()))
            .collect::<Vec<_>>()
    };
    let version = || {
        (
            Some("version".to_owned()),
            "somebody has changed it meanwhile".to_owned(),
        )
    };

    let here = Shift::by_id(1).update().version(3).exec(owner).await.unwrap_err();
    assert_eq!(said(&here), [version()]);
    assert_eq!(
        here.to_string(),
        "`Shift`.`version`: somebody has changed it meanwhile"
    );
    let there = RemoteShift::by_id(1)
        .update()
        .version(3)
        .exec(&consumer)
        .await
        .unwrap_err();
    assert_eq!(said(&there), [version()]);

    let here = Shift::create(ShiftCreate { version: 1 })
        .exec(owner)
        .await
        .unwrap_err();
    assert_eq!(here.to_string(), "`Shift`: the week is planned already");
    let there = RemoteShift::create(RemoteShiftCreate { version: 1 });
    let there = there.exec(&consumer).await.unwrap_err();
    assert_eq!(said(&there), [(None, "the week is planned already".to_owned())]);
    running.stop().await.unwrap();
}

/// A `block_on` in a task blocks the runtime, whose tasks continue cancelled writes. The caller polls the write as well.
#[tokio::test]
async fn a_write_that_blocks_its_runtime_is_carried_out() {
    let builder = Gm::builder().interface::<Word>(of_given_ids());
    let gm = builder.build().await.unwrap();
    let word = WordCreate { word: "a".into() };
    // The runtime can't run before the write is done.
    let created = Word::create(word).exec(&gm).now_or_never();
    assert_eq!(created.expect("it waits for the runtime").unwrap().word, "a");
}

/// Values that reach the storage past the framework get the same checks.
#[test]
fn rows_and_values_are_judged_without_a_write() {
    let note = |text: &str| Note {
        id: 7,
        text: text.into(),
        stars: 1,
        price: None,
    };
    let error = note("12345678901").check().unwrap_err();
    assert_eq!(error.to_string(), "`Note`.`text`: expected at most 10 characters");
    note("short").check().unwrap();
    let text = Note::DESCRIPTION.field_index("text").unwrap();
    let mut values = Values::new();
    values.set(text, Value::Text("short".into()));
    Note::check_values(&values).unwrap();
    values.set(text, Value::Integer(1));
    let error = Note::check_values(&values).unwrap_err();
    assert_eq!(error.field_errors()[0].message(), "expected text, got an integer");
}

/// A program that writes in a loop may never yield to its runtime, so the runtime's tasks would accumulate.
#[tokio::test]
async fn a_write_that_is_ready_at_once_leaves_no_task() {
    let gm = Gm::builder().manager::<Number>().build().await.unwrap();
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();
    for _ in 0..100 {
        let refused = Number::by_id(1).delete(&gm).await.unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
    }
    assert_eq!(metrics.num_alive_tasks(), before);
}
