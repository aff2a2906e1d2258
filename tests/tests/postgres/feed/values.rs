//! The values of every type, from the database through a notification to the judgement of a rule.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Change};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::postgres::Database;
use gm_tests::random::Random;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::{Subscriber, change, replica};

/// Each field is compared with a claim of the caller. So a caller with the row's values as claims sees it.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "samples")]
#[permission(
    read = flag == caller.claim("flag")
        & small == caller.claim("small")
        & large == caller.claim("large")
        & double == caller.claim("double")
        & single == caller.claim("single")
        & price == caller.claim("price")
        & title == caller.claim("title")
        & bytes == caller.claim("bytes")
        & day == caller.claim("day")
        & time == caller.claim("time")
        & at == caller.claim("at")
        & key == caller.claim("key")
        & data == caller.claim("data")
)]
struct Sample {
    #[field(id)]
    id: i64,
    flag: bool,
    small: i8,
    large: i64,
    double: f64,
    single: f32,
    #[field(max_digits = 12, decimal_places = 3)]
    price: Decimal,
    #[field(blank)]
    title: String,
    bytes: Vec<u8>,
    day: NaiveDate,
    time: NaiveTime,
    at: DateTime<Utc>,
    key: Uuid,
    data: serde_json::Value,
}

fn random_sample(random: &mut Random) -> SampleCreate {
    let bits = |random: &mut Random| random.number();
    let chars = [
        "",
        "a",
        "\"",
        "\\",
        "'",
        "\n",
        "ä",
        "\u{10ffff}",
        "\u{1}",
        "{",
        "null",
    ];
    let text = |random: &mut Random| -> String {
        (0..random.below(6))
            .map(|_| chars[random.below(chars.len())])
            .collect()
    };
    let double = loop {
        let double = f64::from_bits(bits(random));
        if double.is_finite() {
            break double;
        }
    };
    let single = loop {
        let single = f32::from_bits(bits(random) as u32);
        if single.is_finite() {
            break single;
        }
    };
    // From the year 1 to the year 9999.
    let day = NaiveDate::from_num_days_from_ce_opt(1 + random.below(3_652_058) as i32).unwrap();
    let micros = random.below(86_400_000_000) as u64;
    let time = NaiveTime::from_num_seconds_from_midnight_opt(
        (micros / 1_000_000) as u32,
        (micros % 1_000_000 * 1_000) as u32,
    );
    let time = time.unwrap();
    let data = match random.below(4) {
        0 => json!({text(random): [1, 2.5, null, text(random)]}),
        1 => json!(text(random)),
        2 => json!([true, {"a": {}}]),
        _ => json!(bits(random) as i64 >> 12),
    };
    SampleCreate {
        flag: random.below(2) == 0,
        small: bits(random) as i8,
        large: bits(random) as i64,
        double,
        single,
        price: Decimal::new(bits(random) as i64 % 1_000_000_000_000, 3),
        title: text(random),
        bytes: text(random).into_bytes(),
        day,
        time,
        at: day.and_time(time).and_utc(),
        key: Uuid::from_u128(u128::from(bits(random)) << 64 | u128::from(bits(random))),
        data,
    }
}

/// The caller whose claims are these values, as the wire writes them.
fn seeing(sample: &Sample) -> Principal {
    use base64::Engine as _;
    let text = |value: &dyn std::fmt::Display| json!(value.to_string());
    Principal::named("caller")
        .with_claim("flag", json!(sample.flag))
        .with_claim("small", json!(sample.small))
        .with_claim("large", json!(sample.large))
        .with_claim("double", json!(sample.double))
        .with_claim("single", json!(f64::from(sample.single)))
        .with_claim("price", text(&sample.price))
        .with_claim("title", json!(sample.title))
        .with_claim(
            "bytes",
            json!(base64::engine::general_purpose::STANDARD.encode(&sample.bytes)),
        )
        .with_claim("day", text(&sample.day))
        .with_claim("time", text(&sample.time))
        .with_claim(
            "at",
            json!(sample.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)),
        )
        .with_claim("key", text(&sample.key))
        .with_claim("data", sample.data.clone())
}

async fn check(database: &Database, gm: &Gm, writes: impl AsyncFn(SampleCreate) -> Sample) {
    let seed = gm_tests::random::seed(13);
    let mut random = Random::new(seed);
    let mut all = Subscriber::of::<Sample>(gm);
    for number in 0..60 {
        let row = writes(random_sample(&mut random)).await;
        // The subscribers below must not receive this change.
        all.until(|last| *last == change(Action::Create, row.id)).await;
        let seen = Sample::get(gm, row.id).await.unwrap();
        let mut caller = Subscriber::of::<Sample>(&gm.acting_as(seeing(&seen)));
        let mut other = seeing(&seen);
        other = other.with_claim("small", json!(seen.small.wrapping_add(1)));
        let mut other = Subscriber::of::<Sample>(&gm.acting_as(other));
        // The images of the row before and after.
        database
            .execute(&format!("UPDATE samples SET id = -id WHERE id = {}", row.id))
            .await;
        row_is_judged(&mut caller, row.id, seed, number).await;
        gm.refresh::<Sample>().unwrap();
        assert_eq!(
            other.next().await,
            Change::refresh(),
            "seed {seed}, row {number}: {seen:?}"
        );
    }
}

async fn row_is_judged(caller: &mut Subscriber, id: i64, seed: u64, number: usize) {
    for expected in [change(Action::Delete, id), change(Action::Create, -id)] {
        assert_eq!(caller.next().await, expected, "seed {seed}, row {number}");
    }
}

/// By the trigger, whose session has unusual settings.
#[tokio::test]
async fn the_trigger_sends_values_that_mean_the_same() {
    let database = Database::create().await;
    let builder = || replica(&database).manager::<Sample>();
    builder().build().await.unwrap().close().await;
    database.execute(&builder().schema_triggers().unwrap()).await;
    database.execute(&unusual_settings(&database)).await;
    let gm = builder().build().await.unwrap();
    check(&database, &gm, async |sample| {
        Sample::create(sample).exec(&gm).await.unwrap()
    })
    .await;
}

/// By the statements of writes.
#[tokio::test]
async fn writes_send_values_that_mean_the_same() {
    let database = Database::create().await;
    let gm = replica(&database).manager::<Sample>().build().await.unwrap();
    check_writes(&gm).await;
}

/// By the statements of writes through a pooler, whose sessions have the settings of the database.
#[tokio::test]
async fn writes_through_a_pooler_send_values_that_mean_the_same() {
    let database = Database::create().await;
    database.execute(&unusual_settings(&database)).await;
    // As pgbouncer, the server itself accepts what is sent to a pooler.
    let builder = replica(&database).database_listen_url(database.url());
    check_writes(&builder.manager::<Sample>().build().await.unwrap()).await;
}

fn unusual_settings(database: &Database) -> String {
    format!(
        "ALTER DATABASE {0} SET DateStyle = 'SQL, DMY'; ALTER DATABASE {0} SET TimeZone = 'Asia/Kathmandu';
         ALTER DATABASE {0} SET bytea_output = 'escape'; ALTER DATABASE {0} SET extra_float_digits = 0;
         ALTER DATABASE {0} SET standard_conforming_strings = off",
        database.name()
    )
}

async fn check_writes(gm: &Gm) {
    let seed = gm_tests::random::seed(13);
    let mut random = Random::new(seed);
    let mut all = Subscriber::of::<Sample>(gm);
    for number in 0..60 {
        let row = Sample::create(random_sample(&mut random)).exec(gm).await.unwrap();
        // The subscribers below must not receive this change.
        all.until(|last| *last == change(Action::Create, row.id)).await;
        let seen = Sample::get(gm, row.id).await.unwrap();
        let mut caller = Subscriber::of::<Sample>(&gm.acting_as(seeing(&seen)));
        let small = seen.small.wrapping_add(1);
        let changed = Sample {
            small,
            ..seen.clone()
        };
        let mut later = Subscriber::of::<Sample>(&gm.acting_as(seeing(&changed)));
        let written = row.update().small(small).exec(gm).await.unwrap();
        assert_eq!(
            caller.next().await,
            change(Action::Delete, row.id),
            "seed {seed}, row {number}: {seen:?}"
        );
        assert_eq!(
            later.next().await,
            change(Action::Create, row.id),
            "seed {seed}, row {number}: {seen:?}"
        );
        written.delete(gm).await.unwrap();
        assert_eq!(
            later.next().await,
            change(Action::Delete, row.id),
            "seed {seed}, row {number}: {seen:?}"
        );
        // A create, with the same values.
        let again = SampleCreate {
            flag: changed.flag,
            small,
            large: changed.large,
            double: changed.double,
            single: changed.single,
            price: changed.price,
            title: changed.title,
            bytes: changed.bytes,
            day: changed.day,
            time: changed.time,
            at: changed.at,
            key: changed.key,
            data: changed.data,
        };
        let row = Sample::create(again).exec(gm).await.unwrap();
        assert_eq!(
            later.next().await,
            change(Action::Create, row.id),
            "seed {seed}, row {number}: {seen:?}"
        );
    }
}
