//! A computed field has any type that a field can have.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::{FieldType, GeneralManager, Gm, computed};
use gm_tests::database::TestDatabase;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::serve;

#[derive(Clone, Debug, PartialEq, FieldType)]
enum Size {
    Small,
    #[field_type(rename = "very-large")]
    Large,
}

/// One list of types and values for the methods of the owner and the fields of the consumer.
macro_rules! values {
    ($($name:ident: $type:ty = $value:expr;)*) => {
        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = "things")]
        #[permission(read = public)]
        #[remote_api(resource = "things", allow_filter, allow_detail)]
        struct Thing {
            #[field(id)]
            id: Uuid,
        }

        #[computed]
        impl Thing {
            $(
                fn $name(&self) -> $type {
                    $value
                }
            )*

            #[field(max_digits = 28, decimal_places = 20)]
            fn precise(&self) -> Decimal {
                Decimal::new(5, 1)
            }

            #[cfg(any())]
            fn not_compiled(&self) -> NoSuchType {}
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        #[remote_manager(base_url = "http://owner.test", resource = "things")]
        struct RemoteThing {
            #[field(id)]
            id: Uuid,
            $(
                #[field(computed)]
                $name: $type,
            )*
            #[field(computed)]
            precise: Decimal,
        }

        fn expected(id: Uuid) -> RemoteThing {
            RemoteThing { id, $($name: $value,)* precise: Decimal::new(5, 1) }
        }
    };
}

values! {
    boolean: bool = true;
    tiny: i8 = -128;
    small: i16 = 7;
    number: i32 = i32::MIN;
    large: i64 = i64::MAX;
    natural: u64 = 7;
    float: f32 = 0.5;
    double: f64 = -1.25;
    decimal: Decimal = Decimal::new(1_250, 2);
    text: String = "\u{1f600} \"quoted\"\\ \n".to_owned();
    bytes: Vec<u8> = vec![0, 255, 7];
    date: NaiveDate = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    time: NaiveTime = NaiveTime::from_hms_micro_opt(23, 59, 59, 1).unwrap();
    instant: DateTime<Utc> = DateTime::from_timestamp_micros(1_700_000_000_000_001).unwrap();
    uuid: Uuid = Uuid::max();
    json: serde_json::Value = json!({"a": [1, null, {"b": "c"}]});
    choice: Size = Size::Large;
    nothing: Option<i64> = None;
    something: Option<Size> = Some(Size::Small);
}

#[tokio::test]
async fn each_type_arrives_as_it_was_computed() {
    let postgres = TestDatabase::postgres().await;
    for builder in [
        Gm::builder().in_memory::<Thing>(),
        Gm::builder().database("sqlite::memory:"),
        Gm::builder().database(postgres.url()),
    ] {
        let service = serve(builder.expose::<Thing>()).await;
        let id = Uuid::from_u128(7);
        Thing::create(ThingCreate { id }).exec(&service.gm).await.unwrap();
        let url = format!("http://{}", service.address);
        let consumer = Gm::builder()
            .base_url("http://owner.test", url)
            .build()
            .await
            .unwrap();
        assert_eq!(RemoteThing::get(&consumer, id).await.unwrap(), expected(id));
        assert_eq!(RemoteThing::all(&consumer).await.unwrap()[..], [expected(id)]);
        service.stop().await.unwrap();
    }
}
