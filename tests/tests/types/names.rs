//! Enums between services with different versions.

use gm_runtime::{Error, FieldType, GeneralManager};
use gm_tests::database::TestDatabase;

use crate::model::{Mood, Sample, SampleCreate};
use crate::service::Service;

/// A consumer's enum without the owner's new values and without `other`.
#[derive(Clone, Debug, PartialEq, FieldType)]
enum Known {
    Good,
}

/// The same enum with `other`.
#[derive(Clone, Debug, PartialEq, FieldType)]
enum Kept {
    Good,
    #[field_type(other)]
    Unknown(String),
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "samples")]
struct Strict {
    #[field(id)]
    id: i64,
    mood: Known,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "samples")]
struct Tolerant {
    #[field(id)]
    id: i64,
    mood: Kept,
}

async fn start() -> Service {
    let service = Service::start(&TestDatabase::sqlite()).await;
    for mood in [Mood::Good, Mood::Bad] {
        Sample::create(SampleCreate::default())
            .mood(mood)
            .exec(&service.owner)
            .await
            .unwrap();
    }
    service
}

#[tokio::test]
async fn an_unknown_value_is_preserved_by_the_other_variant() {
    let service = start().await;
    let rows = Tolerant::all(&service.consumer).await.unwrap();
    let moods: Vec<_> = rows.iter().map(|row| row.mood.clone()).collect();
    assert_eq!(moods, [Kept::Good, Kept::Unknown("bad".to_owned())]);
    // It is written back unchanged.
    let row = Tolerant::by_id(rows[0].id);
    row.update()
        .mood(moods[1].clone())
        .exec(&service.consumer)
        .await
        .unwrap();
    assert_eq!(
        Sample::get(&service.owner, rows[0].id).await.unwrap().mood,
        Some(Mood::Bad)
    );
    let found = Tolerant::filter(|t| t.mood.eq(Kept::Unknown("bad".to_owned())));
    assert_eq!(found.count(&service.consumer).await.unwrap(), 2);
    service.stop().await;
}

#[tokio::test]
async fn an_unknown_value_without_the_other_variant_is_an_error_with_advice() {
    let service = start().await;
    let good = Strict::filter(|s| s.mood.eq(Known::Good))
        .one(&service.consumer)
        .await
        .unwrap();
    assert_eq!((good.id, good.mood), (1, Known::Good));
    // A decode error, as for a wrong value of any other type.
    let error = match Strict::all(&service.consumer).await {
        Err(Error::Decode(error)) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!((error.manager(), error.field()), ("Strict", Some("mood")));
    assert_eq!(
        error.message(),
        "expected \"good\", got \"bad\"; a variant with `#[field_type(other)]` holds values that a newer service may add"
    );
    assert_eq!(error.row().map(ToString::to_string).as_deref(), Some("2"));
    let text = error.to_string();
    assert!(text.contains("/gm/samples/query"), "{text}");
    assert!(
        text.contains("`Strict`.`mood` in the row of id 2: expected"),
        "{text}"
    );
    assert!(matches!(
        Strict::get(&service.consumer, 2).await,
        Err(Error::Decode(_))
    ));
    service.stop().await;
}
