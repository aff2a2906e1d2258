//! The checks of the answers of own storage.

use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt as _;
use gm_runtime::change::{Action, Change};
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = Odd)]
#[permission(read = public, create = public, update = public)]
#[remote_api(
    resource = "things",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    default_page_size = 2
)]
struct Thing {
    #[field(id)]
    id: String,
    name: String,
}

fn thing(id: &str) -> Thing {
    Thing {
        id: id.into(),
        name: "a".into(),
    }
}

/// Storage with a constant page for every query, and a constant row for every other call.
struct Odd {
    page: Page<Thing>,
    id: &'static str,
}

impl Odd {
    fn page(ids: &[&str], total: Option<u64>, size: Option<u64>) -> Self {
        let rows = ids.iter().map(|id| thing(id)).collect();
        Self {
            page: Page::new(rows, total).with_page_size(size),
            id: "a",
        }
    }

    fn of(id: &'static str) -> Self {
        Self {
            page: Page::new(Vec::new(), None),
            id,
        }
    }
}

impl Interface<Thing> for Odd {
    async fn query(&self, _: &Select) -> Result<Page<Thing>, Error> {
        Ok(self.page.clone())
    }

    async fn get(&self, _: &String) -> Result<Option<Thing>, Error> {
        Ok(Some(thing(self.id)))
    }

    async fn create(&self, _: &Values) -> Result<Thing, Error> {
        Ok(thing(self.id))
    }

    async fn update(&self, _: &String, _: &Values) -> Result<Option<Updated<Thing>>, Error> {
        Ok(Some(Updated {
            row: thing(self.id),
            changed: true,
        }))
    }

    async fn delete(&self, _: &String) -> Result<bool, Error> {
        Ok(false)
    }
}

async fn serve(storage: Odd) -> Running {
    let builder = Gm::builder().interface::<Thing>(storage).expose::<Thing>();
    Running::start(builder).await.unwrap()
}

fn assert_wrong<T: std::fmt::Debug>(answer: Result<T, Error>, part: &str) {
    match answer {
        Err(error @ Error::Storage(_)) => {
            let message = error.to_string();
            assert!(message.contains("`Thing`") && message.contains(part), "{message}");
            assert!(!error.is_retryable());
        }
        other => panic!("{part}: {other:?}"),
    }
}

/// Without the check, rows would be repeated or lost without an error.
#[tokio::test]
async fn a_page_must_be_the_requested_one() {
    for (storage, part) in [
        (Odd::page(&["a", "b", "c"], None, None), "a page of 2 rows"),
        (Odd::page(&["a", "b", "c"], Some(3), Some(2)), "a page of 2 rows"),
        (Odd::page(&["a", "b"], Some(2), Some(50)), "a page of 2 rows"),
        (Odd::page(&["a", "b"], Some(2), Some(1)), "stated size is 1"),
        (Odd::page(&["a"], Some(1), Some(0)), "stated size is 0"),
        (Odd::page(&["a", "a"], None, None), "twice"),
        (Odd::page(&["a", "b"], Some(1), None), "a total of 1"),
    ] {
        let running = serve(storage).await;
        let gm = &running.gm;
        assert_wrong(Thing::query().page(1).page_size(2).all(gm).await, part);
        let stream: Result<Vec<_>, _> = Thing::query().page_size(2).stream(gm).try_collect().await;
        assert_wrong(stream, part);
        for body in ["{}", r#"{"page": 1, "page_size": 2}"#] {
            let query = Request::new("POST", "/gm/things/query").json(body);
            let answer = query.send(running.address).await.unwrap();
            assert_eq!(
                (answer.status, answer.header("retry-after")),
                (500, None),
                "{part}"
            );
        }
        running.stop().await.unwrap();
    }
}

/// The total includes the rows of the pages before.
#[tokio::test]
async fn a_total_must_count_all_pages() {
    let running = serve(Odd::page(&["a", "b"], Some(2), None)).await;
    let gm = &running.gm;
    assert_eq!(
        Thing::query().page(1).page_size(2).all(gm).await.unwrap().len(),
        2
    );
    assert_wrong(
        Thing::query().page(2).page_size(2).all(gm).await,
        "2 on the pages before",
    );
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_query_for_all_rows_must_not_get_a_page() {
    for (storage, part) in [
        (Odd::page(&["a", "b"], Some(5), None), "a total of 5"),
        (Odd::page(&["a", "b"], Some(1), None), "a total of 1"),
        (Odd::page(&["a", "b"], Some(5), Some(2)), "every row"),
        (Odd::page(&["a", "b", "a"], Some(3), None), "twice"),
    ] {
        let running = serve(storage).await;
        assert_wrong(Thing::query().all(&running.gm).await, part);
        running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn a_row_must_have_the_requested_id() {
    let running = serve(Odd::of("other")).await;
    let gm = &running.gm;
    let received: Arc<Mutex<Vec<Change>>> = Arc::default();
    let kept = Arc::clone(&received);
    let _told = gm.on_change::<Thing>(move |change| kept.lock().unwrap().push(change.clone()));
    assert_wrong(Thing::get(gm, "a").await, "another id");
    assert_wrong(Thing::by_id("a").update().name("b").exec(gm).await, "another id");
    let create = ThingCreate {
        id: "a".into(),
        name: "b".into(),
    };
    assert_wrong(Thing::create(create).exec(gm).await, "another id");
    // The outcome is unknown, so the subscribers receive a refresh.
    let received = std::mem::take(&mut *received.lock().unwrap());
    assert_eq!(received, [Change::refresh(), Change::refresh()]);
    for request in [
        Request::new("GET", "/gm/things/a"),
        Request::new("PATCH", "/gm/things/a").json(r#"{"name": "b"}"#),
        Request::new("POST", "/gm/things").json(r#"{"id": "a", "name": "b"}"#),
    ] {
        let answer = request.send(running.address).await.unwrap();
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (500, None),
            "{request:?}"
        );
    }
    running.stop().await.unwrap();

    let running = serve(Odd::of("a")).await;
    let gm = &running.gm;
    let kept = Arc::default();
    let received: Arc<Mutex<Vec<Action>>> = Arc::clone(&kept);
    let _told = gm.on_change::<Thing>(move |change| kept.lock().unwrap().push(change.action()));
    assert_eq!(Thing::get(gm, "a").await.unwrap().id, "a");
    Thing::by_id("a").update().name("b").exec(gm).await.unwrap();
    assert_eq!(*received.lock().unwrap(), [Action::Update]);
    running.stop().await.unwrap();
}
