//! Values from the consumer to the owner's file and back.

use chrono::{NaiveTime, Timelike};
use gm_runtime::{Error, Manager};
use gm_tests::database::TestDatabase;
use serde_json::json;

use crate::model::{
    Even, Full, FullCreate, Mood, RemoteFull, RemoteFullCreate, RemoteSample, RemoteSampleCreate, Sample,
    SampleCreate, Stage,
};
use crate::service::Service;

/// Rows with extreme and unusual values.
fn extremes() -> Vec<RemoteSample> {
    let none = RemoteSample {
        id: 0,
        tiny: None,
        short: None,
        byte: None,
        word: None,
        half: None,
        natural: None,
        single: None,
        clock: None,
        bytes: None,
        data: None,
        stage: None,
        mood: None,
        even: None,
    };
    let least = RemoteSample {
        id: 0,
        tiny: Some(i8::MIN),
        short: Some(i16::MIN),
        byte: Some(0),
        word: Some(0),
        half: Some(0),
        natural: Some(0),
        single: Some(f32::MIN),
        clock: Some(NaiveTime::MIN),
        bytes: Some(Vec::new()),
        data: Some(json!({})),
        stage: Some(Stage::Planned),
        mood: Some(Mood::Blank),
        even: Some(Even(i16::MIN)),
    };
    let greatest = RemoteSample {
        id: 0,
        tiny: Some(i8::MAX),
        short: Some(i16::MAX),
        byte: Some(u8::MAX),
        word: Some(u16::MAX),
        half: Some(u32::MAX),
        natural: Some(i64::MAX.unsigned_abs()),
        single: Some(f32::MAX),
        clock: NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999),
        bytes: Some((0..=255).collect()),
        data: Some(json!([u64::MAX, i64::MIN, 0.1, true, null, {"ä\"\\": "𐐀\u{1}"}, [], ""])),
        stage: Some(Stage::Done),
        mood: Some(Mood::Awkward),
        even: Some(Even(i16::MAX - 1)),
    };
    let smallest = RemoteSample {
        single: Some(f32::from_bits(1)),
        clock: NaiveTime::from_hms_micro_opt(12, 30, 15, 1),
        data: Some(json!("text")),
        mood: Some(Mood::Bad),
        ..none.clone()
    };
    // Read as a double, its shortest decimal is half-way between two floats.
    let halfway = RemoteSample {
        single: Some(f32::from_bits(0x15ae_43fd)),
        ..none.clone()
    };
    vec![none, least, greatest, smallest, halfway]
}

gm_tests::on_each_database! {
    written_values_are_read_by_owner_and_consumer,
    updates_set_and_clear,
    defaults_come_from_the_owner,
    each_value_has_one_representation_on_the_wire,
    times_are_truncated_to_microseconds,
    values_without_a_representation_are_refused,
    json_null_is_none,
}

async fn written_values_are_read_by_owner_and_consumer(database: TestDatabase) {
    let service = Service::start(&database).await;
    for row in extremes() {
        let created = RemoteSample::create(RemoteSampleCreate::default())
            .tiny(row.tiny)
            .short(row.short)
            .byte(row.byte)
            .word(row.word)
            .half(row.half)
            .natural(row.natural)
            .single(row.single)
            .clock(row.clock)
            .bytes(row.bytes.clone())
            .data(row.data.clone())
            .stage(row.stage)
            .mood(row.mood.clone())
            .even(row.even)
            .exec(&service.consumer)
            .await
            .unwrap();
        let expected = RemoteSample {
            id: created.id,
            ..row
        };
        let expected = expected.to_record();
        assert_eq!(created.to_record(), expected);
        let detail = RemoteSample::get(&service.consumer, created.id).await.unwrap();
        assert_eq!(detail.to_record(), expected);
        let owned = Sample::get(&service.owner, created.id).await.unwrap();
        assert_eq!(owned.to_record(), expected);
    }
    let listed = RemoteSample::all(&service.consumer).await.unwrap();
    let owned = Sample::all(&service.owner).await.unwrap();
    assert_eq!(listed.len(), extremes().len());
    assert!(
        listed
            .iter()
            .map(Manager::to_record)
            .eq(owned.iter().map(Manager::to_record))
    );
    service.stop().await;
}

async fn updates_set_and_clear(database: TestDatabase) {
    let service = Service::start(&database).await;
    let row = Sample::create(SampleCreate::default())
        .exec(&service.owner)
        .await
        .unwrap();
    let remote = RemoteSample::by_id(row.id);
    let row = remote
        .update()
        .byte(200)
        .single(0.1)
        .bytes(b"abc")
        .data(json!({"b": 1, "a": 2}))
        .mood(Mood::Bad)
        .exec(&service.consumer)
        .await
        .unwrap();
    assert_eq!((row.byte, row.single), (Some(200), Some(0.1)));
    let bytes: &[u8] = b"de";
    let row = row
        .update()
        .byte(None)
        .bytes(bytes)
        .data(None)
        .mood(Mood::Good)
        .exec(&service.consumer)
        .await
        .unwrap();
    assert_eq!((row.byte, row.data), (None, None));
    assert_eq!((row.bytes, row.mood), (Some(b"de".to_vec()), Some(Mood::Good)));
    service.stop().await;
}

async fn defaults_come_from_the_owner(database: TestDatabase) {
    let service = Service::start(&database).await;
    let expected = Full {
        id: 1,
        tiny: -1,
        natural: 5,
        single: 0.1,
        clock: NaiveTime::MIN,
        bytes: vec![0, 255],
        data: json!({"a": [1, null]}),
        stage: Stage::InProgress,
        mood: Mood::Good,
        even: Even(2),
    };
    let row = Full::create(FullCreate::default())
        .exec(&service.owner)
        .await
        .unwrap();
    assert_eq!(row, expected);
    let remote = RemoteFull::create(RemoteFullCreate::default())
        .exec(&service.consumer)
        .await
        .unwrap();
    assert_eq!(
        remote.to_record().values()[1..],
        expected.to_record().values()[1..]
    );
    service.stop().await;
}

/// The only representation of each value on the wire.
async fn each_value_has_one_representation_on_the_wire(database: TestDatabase) {
    let service = Service::start(&database).await;
    let body = r#"{"tiny": -5, "natural": 9223372036854775807, "single": 0.1, "clock": "12:30:15.5",
        "bytes": "+/+/AA==", "data": {"b": 1e2, "a": "ä"}, "stage": "Fertig!", "mood": "bad", "even": 4}"#;
    let created = service.send("POST", "/gm/samples", body).await;
    assert_eq!(created.status, 201, "{}", created.json());
    let text = String::from_utf8(created.body).unwrap();
    for part in [
        r#""tiny":-5,"#,
        r#""natural":9223372036854775807,"#,
        r#""single":0.1,"#,
        r#""clock":"12:30:15.500000","#,
        r#""bytes":"+/+/AA==","#,
        r#""data":{"a":"ä","b":100.0},"#,
        r#""stage":"Fertig!","#,
        r#""mood":"bad","#,
        r#""even":4}"#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let row = Sample::get(&service.owner, 1).await.unwrap();
    assert_eq!(row.stage, Some(Stage::Done));
    assert_eq!(row.mood, Some(Mood::Bad));
    for clock in ["00:00:00", "23:59:59", "12:00:00.000001"] {
        let body = format!(r#"{{"clock": "{clock}"}}"#);
        let updated = service.send("PATCH", "/gm/samples/1", &body).await.json();
        assert_eq!(updated["items"][0]["clock"], clock);
    }
    service.stop().await;
}

async fn times_are_truncated_to_microseconds(database: TestDatabase) {
    let service = Service::start(&database).await;
    let fine = NaiveTime::from_hms_nano_opt(1, 2, 3, 456_789_999).unwrap();
    let row = Sample::create(SampleCreate::default())
        .clock(fine)
        .exec(&service.owner)
        .await
        .unwrap();
    assert_eq!(row.clock, fine.with_nanosecond(456_789_000));
    service.stop().await;
}

async fn values_without_a_representation_are_refused(database: TestDatabase) {
    let service = Service::start(&database).await;
    let row = || Sample::create(SampleCreate::default());
    let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    let refused: [(&str, Result<Sample, Error>); 9] = [
        (
            "`Sample`.`natural`: expected an integer from 0 to 9223372036854775807",
            row()
                .natural(i64::MAX.unsigned_abs() + 1)
                .exec(&service.owner)
                .await,
        ),
        (
            "`Sample`.`natural`: expected an integer from 0 to 9223372036854775807",
            row().natural(u64::MAX).exec(&service.owner).await,
        ),
        (
            "`Sample`.`single`: expected a finite number",
            row().single(f32::NAN).exec(&service.owner).await,
        ),
        (
            "`Sample`.`single`: expected a finite number",
            row().single(f32::INFINITY).exec(&service.owner).await,
        ),
        (
            "`Sample`.`clock`: expected a time without a leap second",
            row()
                .clock(NaiveTime::from_hms_milli_opt(23, 59, 59, 1_500))
                .exec(&service.owner)
                .await,
        ),
        (
            "`Sample`.`bytes`: expected at most 300 bytes",
            row().bytes(vec![0; 301]).exec(&service.owner).await,
        ),
        (
            "`Sample`.`data`: expected JSON of at most 64 levels",
            row().data(deep(65)).exec(&service.owner).await,
        ),
        (
            "`Sample`.`data`: expected text without U+0000",
            row().data(json!({"a": ["\0"]})).exec(&service.owner).await,
        ),
        (
            "`Sample`.`mood`: expected at most 20 characters",
            row().mood(Mood::Other("x".repeat(21))).exec(&service.owner).await,
        ),
    ];
    for (message, refused) in refused {
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
    assert_eq!(Sample::count(&service.owner).await.unwrap(), 0);
    // The deepest allowed JSON reaches the consumer.
    let written = row().data(deep(64)).exec(&service.owner).await.unwrap();
    let read = RemoteSample::get(&service.consumer, written.id).await.unwrap();
    assert_eq!(read.data, Some(deep(64)));
    let error = RemoteSample::filter(|s| s.natural.eq(u64::MAX))
        .all(&service.consumer)
        .await;
    assert!(error.unwrap_err().is_invalid());
    service.stop().await;
}

/// JSON's null means that there is no value.
async fn json_null_is_none(database: TestDatabase) {
    let service = Service::start(&database).await;
    let row = Sample::create(SampleCreate::default())
        .data(serde_json::Value::Null)
        .exec(&service.owner)
        .await
        .unwrap();
    assert_eq!(row.data, None);
    assert_eq!(
        Sample::filter(|s| s.data.is_null(true))
            .count(&service.owner)
            .await
            .unwrap(),
        1
    );
    let refused = Full::create(FullCreate::default())
        .data(serde_json::Value::Null)
        .exec(&service.owner)
        .await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "`Full`.`data`: expected a value, got null"
    );
    service.stop().await;
}
