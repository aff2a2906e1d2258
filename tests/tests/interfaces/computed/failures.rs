//! Methods that can't compute their field: the field is left out, and the rest is answered.

use gm_runtime::{Error, GeneralManager, Gm, computed};
use gm_tests::database::TestDatabase;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{send, serve};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "meters")]
#[permission(read = public, create = public, update = public)]
#[remote_api(resource = "meters", allow_filter, allow_detail, allow_create, allow_update)]
struct Meter {
    #[field(id)]
    id: i64,
    value: i32,
}

#[computed]
impl Meter {
    fn panics(&self) -> i32 {
        assert!(self.value != 0, "the value is 0");
        self.value
    }

    fn inverse(&self) -> f64 {
        1.0 / f64::from(self.value)
    }

    fn text(&self) -> String {
        if self.value == 0 { "a\0b" } else { "ab" }.to_owned()
    }

    #[field(max_digits = 4, decimal_places = 2)]
    fn digits(&self) -> Decimal {
        Decimal::new(if self.value == 0 { 1 } else { 10 }, 3)
    }

    fn double(&self) -> i32 {
        self.value * 2
    }
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "meters")]
struct RemoteMeter {
    #[field(id)]
    id: i64,
    value: i32,
    #[field(computed)]
    panics: Option<i32>,
    #[field(computed)]
    double: i32,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "meters")]
struct StrictMeter {
    #[field(id)]
    id: i64,
    #[field(computed)]
    panics: i32,
}

#[tokio::test]
async fn a_field_that_cannot_be_computed_is_left_out() {
    let postgres = TestDatabase::postgres().await;
    for builder in [
        Gm::builder().in_memory::<Meter>(),
        Gm::builder().database("sqlite::memory:"),
        Gm::builder().database(postgres.url()),
    ] {
        let service = serve(builder.expose::<Meter>()).await;
        let (status, created) = send(&service, None, "POST", "/gm/meters", &json!({"value": 0})).await;
        let failed = json!({"id": 1, "value": 0, "double": 0});
        assert_eq!((status, &created["items"]), (201, &json!([failed])));
        send(&service, None, "POST", "/gm/meters", &json!({"value": 1})).await;
        let whole = json!({
            "id": 2, "value": 1, "panics": 1, "inverse": 1.0, "text": "ab", "digits": "0.01", "double": 2,
        });
        let (status, row) = send(&service, None, "GET", "/gm/meters/1", &Json::Null).await;
        assert_eq!((status, &row["items"]), (200, &json!([failed])));
        let (status, listed) = send(&service, None, "POST", "/gm/meters/query", &Json::Null).await;
        assert_eq!((status, &listed["items"]), (200, &json!([failed, whole])));
        assert_eq!(
            (&listed["total_count"], &listed["metadata"]["unreadable"]),
            (&json!(2), &Json::Null)
        );

        let url = format!("http://{}", service.address);
        let consumer = Gm::builder()
            .base_url("http://owner.test", url)
            .build()
            .await
            .unwrap();
        let rows = RemoteMeter::all(&consumer).await.unwrap();
        let values: Vec<_> = rows.iter().map(|row| (row.panics, row.double)).collect();
        assert_eq!(values, [(None, 0), (Some(1), 2)]);
        assert_eq!(StrictMeter::get(&consumer, 2).await.unwrap().panics, 1);
        assert!(matches!(
            StrictMeter::get(&consumer, 1).await,
            Err(Error::Decode(_))
        ));
        service.stop().await.unwrap();
    }
}
