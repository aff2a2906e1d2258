//! JSON is equal whatever spelling of its numbers another program has stored.

use gm_runtime::{GeneralManager, Gm};
use gm_tests::postgres::Database;
use serde_json::{Value as Json, json};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "shapes")]
struct Shape {
    #[field(id)]
    id: i64,
    data: Json,
}

/// The ids of the rows that have this value.
async fn ids(gm: &Gm, value: &Json) -> Vec<i64> {
    let one = Shape::filter(|s| s.data.eq(value.clone())).all(gm).await.unwrap();
    let listed = Shape::filter(|s| s.data.is_in([json!(null), value.clone()]));
    assert_eq!(listed.all(gm).await.unwrap().to_vec(), one.to_vec());
    let counted = Shape::filter(|s| s.data.eq(value.clone())).count(gm).await;
    assert_eq!(counted.unwrap(), one.len() as u64);
    let excluded = Shape::exclude(|s| s.data.eq(value.clone())).count(gm).await;
    let all = Shape::query().count(gm).await.unwrap();
    assert_eq!(excluded.unwrap(), all - one.len() as u64);
    one.iter().map(|shape| shape.id).collect()
}

/// Some languages write the shortest digits of a double, and others 17.
#[tokio::test]
async fn doubles_are_equal_in_each_mixture_of_spellings() {
    let database = Database::create().await;
    let gm = Gm::builder()
        .database(database.url())
        .manager::<Shape>()
        .build()
        .await
        .unwrap();
    let spellings = ["0.1", "0.10000000000000001", "1.0000000000000001e-1"];
    for first in spellings {
        for second in spellings {
            let insert = format!(
                r#"INSERT INTO shapes (data) VALUES ('{{"at": [{first}, {{"y": {second}}}], "n": 0.5, "size": 2.0}}')"#
            );
            database.execute(&insert).await;
        }
    }
    database
        .execute(r#"INSERT INTO shapes (data) VALUES ('{"at": [0.1, {"y": 0.3}], "n": 0.5, "size": 2}')"#)
        .await;
    let value = json!({"at": [0.1, {"y": 0.1}], "n": 0.5, "size": 2});
    assert_eq!(ids(&gm, &value).await, (1..=9).collect::<Vec<_>>());
    assert_eq!(
        ids(&gm, &json!({"at": [0.1, {"y": 0.3}], "n": 0.5, "size": 2})).await,
        [10]
    );
    assert_eq!(ids(&gm, &json!(0.1)).await, [0_i64; 0]);
}

/// More doubles than the server compares in each combination, and long texts.
#[tokio::test]
async fn many_doubles_and_long_values_are_equal_too() {
    let database = Database::create().await;
    let gm = Gm::builder()
        .database(database.url())
        .manager::<Shape>()
        .build()
        .await
        .unwrap();
    let long = "x".repeat(20_000);
    for (doubles, more) in [(4, ""), (5, ""), (40, ""), (2, long.as_str())] {
        let numbers: Vec<_> = (0..doubles).map(|number| f64::from(number) + 0.1).collect();
        let stored = numbers.iter().enumerate().map(|(place, number)| match place % 2 {
            0 => number.to_string(),
            _ => format!("{number:.16e}"),
        });
        let stored = stored.collect::<Vec<_>>().join(", ");
        let insert = format!(
            r#"INSERT INTO shapes (data) VALUES ('{{"numbers": [{stored}], "text": "{more}"}}') RETURNING id"#
        );
        let id: i64 = database.value(&insert).await.parse().unwrap();
        let value = json!({"numbers": numbers, "text": more});
        assert_eq!(ids(&gm, &value).await, [id], "{doubles}");
        let mut other = value.clone();
        other["numbers"][1] = json!(7.3);
        assert_eq!(ids(&gm, &other).await, [0_i64; 0], "{doubles}");
    }
}
