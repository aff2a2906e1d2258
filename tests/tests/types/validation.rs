//! Rows that are validated as a whole, by the rules of garde.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use garde::Validate;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder, Manager};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::json;

#[derive(Clone, Debug, PartialEq, GeneralManager, Validate)]
#[database(table = "stays")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "stays", allow_filter, allow_create, allow_update)]
#[remote_manager(base_url = "http://stays.test")]
#[manager(validate)]
#[garde(custom(the_end_is_after_the_beginning))]
struct Stay {
    #[field(id)]
    #[garde(skip)]
    id: i64,
    #[field(rename = "guestName")]
    #[garde(length(min = 2), ascii)]
    guest: String,
    #[garde(range(min = 1))]
    first: i32,
    #[garde(custom(not_after(&self.first)))]
    last: i32,
    #[garde(inner(length(max = 5)))]
    r#type: Option<String>,
}

fn not_after(first: &i32) -> impl FnOnce(&i32, &()) -> garde::Result + '_ {
    move |last, ()| match last < first {
        true => Err(garde::Error::new(format!("is before day {first}"))),
        false => Ok(()),
    }
}

fn the_end_is_after_the_beginning(stay: &Stay, (): &()) -> garde::Result {
    match stay.last - stay.first > 30 {
        true => Err(garde::Error::new("a stay has 30 nights at most")),
        false => Ok(()),
    }
}

/// Storage of an application's own.
#[derive(Default)]
struct Own {
    rows: Mutex<BTreeMap<i64, Stay>>,
}

impl Own {
    fn merged(id: i64, row: Option<&Stay>, values: &Values) -> Stay {
        let empty = Stay {
            id,
            guest: String::new(),
            first: 0,
            last: 0,
            r#type: None,
        };
        let mut record = row.unwrap_or(&empty).to_record();
        for (field, value) in values.iter() {
            record.set(field, value.clone());
        }
        Stay::from_record(record).unwrap()
    }
}

impl Interface<Stay> for Own {
    async fn query(&self, _: &Select) -> Result<Page<Stay>, Error> {
        Ok(Page::new(
            self.rows.lock().unwrap().values().cloned().collect(),
            None,
        ))
    }

    async fn get(&self, id: &i64) -> Result<Option<Stay>, Error> {
        Ok(self.rows.lock().unwrap().get(id).cloned())
    }

    async fn create(&self, values: &Values) -> Result<Stay, Error> {
        let mut rows = self.rows.lock().unwrap();
        let row = Self::merged(rows.len() as i64 + 1, None, values);
        rows.insert(row.id, row.clone());
        Ok(row)
    }

    async fn update(&self, id: &i64, values: &Values) -> Result<Option<Updated<Stay>>, Error> {
        let mut rows = self.rows.lock().unwrap();
        let Some(row) = rows.get(id) else {
            return Ok(None);
        };
        let row = Self::merged(*id, Some(row), values);
        rows.insert(*id, row.clone());
        Ok(Some(Updated { row, changed: true }))
    }

    async fn delete(&self, id: &i64) -> Result<bool, Error> {
        Ok(self.rows.lock().unwrap().remove(id).is_some())
    }
}

fn stay(guest: &str, first: i32, last: i32) -> StayCreate {
    StayCreate {
        guest: guest.to_owned(),
        first,
        last,
    }
}

fn reported(error: &Error) -> Vec<(Option<String>, String)> {
    error
        .field_errors()
        .iter()
        .map(|error| (error.field().map(str::to_owned), error.message().to_owned()))
        .collect()
}

/// A refused write has no effect: no row, no event, no id.
async fn refuses(builder: GmBuilder) {
    let gm = builder.build().await.unwrap();
    let changes = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&changes);
    let _subscription = gm
        .on_change::<Stay>(move |change| log.lock().unwrap().push(change.action()))
        .unwrap();
    let row = Stay::create(stay("Ada", 3, 5))
        .r#type("short")
        .exec(&gm)
        .await
        .unwrap();

    let refused = Stay::create(stay("é", 0, 40))
        .r#type("too long")
        .exec(&gm)
        .await
        .unwrap_err();
    assert!(refused.is_invalid());
    let told_of_all = [
        ("guestName", "not ascii"),
        ("first", "lower than 1"),
        ("type", "length is greater than 5"),
    ];
    for (field, message) in told_of_all {
        let reported = (Some(field.to_owned()), message.to_owned());
        assert!(self::reported(&refused).contains(&reported), "{refused}");
    }
    let whole = (None, "a stay has 30 nights at most".to_owned());
    assert_eq!(reported(&refused).last(), Some(&whole), "{refused}");

    // An update is validated together with the unchanged fields.
    let refused = row.update().last(2).exec(&gm).await.unwrap_err();
    assert_eq!(refused.to_string(), "`Stay`.`last`: is before day 3");
    let moved = row.update().first(6).last(7).exec(&gm).await.unwrap();
    let refused = moved.update().last(6).first(7).exec(&gm).await.unwrap_err();
    assert_eq!(
        reported(&refused),
        [(Some("last".to_owned()), "is before day 7".to_owned())]
    );

    assert_eq!(*Stay::all(&gm).await.unwrap(), [moved]);
    let next = Stay::create(stay("Eve", 1, 1)).exec(&gm).await.unwrap();
    assert_eq!(next.id, 2);
    use gm_runtime::change::Action::{Create, Update};
    assert_eq!(*changes.lock().unwrap(), [Create, Update, Create]);
}

#[tokio::test]
async fn an_invalid_row_is_not_stored_in_sqlite() {
    refuses(Gm::builder().database("sqlite::memory:").manager::<Stay>()).await;
}

#[tokio::test]
async fn nor_in_memory() {
    refuses(Gm::builder().in_memory::<Stay>()).await;
}

#[tokio::test]
async fn an_invalid_row_is_not_stored_in_own_storage() {
    refuses(Gm::builder().interface::<Stay>(Own::default())).await;
}

/// In a group commit only the invalid write fails.
#[tokio::test]
async fn only_the_invalid_row_of_a_group_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("stays.db").display());
    let gm = Gm::builder()
        .database(url)
        .manager::<Stay>()
        .build()
        .await
        .unwrap();
    let writes = (0..40).map(|number| {
        let last = if number % 4 == 0 { 0 } else { 2 };
        Stay::create(stay("Ada", 1, last)).exec(&gm)
    });
    let written = futures_util::future::join_all(writes).await;
    for (number, written) in written.iter().enumerate() {
        assert_eq!(written.is_err(), number % 4 == 0, "{number}: {written:?}");
    }
    assert_eq!(Stay::count(&gm).await.unwrap(), 30);
}

#[tokio::test]
async fn errors_for_callers_have_the_names_on_the_wire() {
    let builder = Gm::builder().database("sqlite::memory:").expose::<Stay>();
    let running = Running::start(builder).await.unwrap();
    let consumer = Gm::builder()
        .base_url("http://stays.test", format!("http://{}", running.address))
        .build()
        .await
        .unwrap();
    let body = r#"{"guestName": "A", "first": 1, "last": 40}"#;
    let answer = Request::new("POST", "/gm/stays")
        .json(body)
        .send(running.address)
        .await
        .unwrap();
    assert_eq!(
        (
            answer.status,
            &answer.json()["error_code"],
            &answer.json()["details"]
        ),
        (
            400,
            &json!("validation_error"),
            &json!({"field": "guestName", "message": "length is lower than 2", "errors": [
                {"field": "guestName", "message": "length is lower than 2"},
                {"message": "a stay has 30 nights at most"},
            ]})
        )
    );
    let create = RemoteStayCreate {
        guest: "Ada".into(),
        first: 5,
        last: 6,
    };
    let row = RemoteStay::create(create).exec(&consumer).await.unwrap();
    let refused = row
        .update()
        .last(1)
        .r#type("too long")
        .exec(&consumer)
        .await
        .unwrap_err();
    assert_eq!(
        reported(&refused),
        [
            (Some("last".to_owned()), "is before day 5".to_owned()),
            (Some("type".to_owned()), "length is greater than 5".to_owned())
        ]
    );
    assert_eq!(
        RemoteStay::query()
            .one(&consumer)
            .fresh()
            .await
            .unwrap()
            .to_record(),
        row.to_record()
    );
    running.stop().await.unwrap();
}
