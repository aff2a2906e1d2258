//! The lookups `regex` and `iregex`.

use std::time::Duration;

use futures_util::future::{Either, select};

use gm_runtime::error::QueryError;
use gm_runtime::{Error, GeneralManager, Gm, Query};
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;
use gm_tests::raw::Request;
use serde_json::json;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "words")]
#[permission(read = public)]
#[remote_api(resource = "words", allow_filter, allow_regex)]
#[remote_manager(base_url = "http://words.test")]
struct Word {
    #[field(id)]
    id: i64,
    text: Option<String>,
    other: Option<String>,
    number: Option<i32>,
}

/// The same rows without `allow_regex`.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "words")]
#[permission(read = public)]
#[remote_api(resource = "plain-words", allow_filter)]
struct PlainWord {
    #[field(id)]
    id: i64,
    text: Option<String>,
    number: Option<i32>,
}

const WORDS: [Option<&str>; 7] = [
    Some("Alpha"),
    Some("alphabet"),
    Some("Straße 12"),
    Some("ΟΔΟΣ"),
    Some("two\nlines"),
    Some("100%_\\"),
    None,
];

async fn fill(gm: &Gm) {
    for text in WORDS {
        Word::create(WordCreate {})
            .text(text.map(str::to_owned))
            .exec(gm)
            .await
            .unwrap();
    }
}

async fn ids(query: Query<Word>, gm: &Gm) -> Vec<i64> {
    query.all(gm).await.unwrap().iter().map(|word| word.id).collect()
}

gm_tests::on_each_database! {
    patterns_match_alike_in_a_database_and_in_memory,
    callers_may_use_patterns_if_the_owner_allows_it,
    patterns_have_a_time_limit_for_each_query,
    the_time_limit_ends_the_match_of_one_long_text,
    patterns_are_not_compiled_on_the_callers_thread,
    the_time_limit_includes_the_compilation,
}

async fn patterns_match_alike_in_a_database_and_in_memory(database: TestDatabase) {
    let stored = Gm::builder()
        .database(database.url())
        .manager::<Word>()
        .build()
        .await
        .unwrap();
    let memory = Gm::builder().in_memory::<Word>().build().await.unwrap();
    for gm in [stored, memory] {
        fill(&gm).await;
        for (pattern, exact, ignoring_case) in [
            ("^alpha", vec![2], vec![1, 2]),
            ("pha$", vec![1], vec![1]),
            (r"\d+", vec![3, 6], vec![3, 6]),
            (r"^\w+$", vec![1, 2, 4], vec![1, 2, 4]),
            ("οδος|STRASSE", vec![], vec![4]),
            ("straße", vec![], vec![3]),
            (r"\bstraße\b", vec![], vec![3]),
            (r"Σ\b", vec![4], vec![4]),
            ("o.l", vec![], vec![]),
            ("(?s)o.l", vec![5], vec![5]),
            (r"%_\\$", vec![6], vec![6]),
            ("", vec![1, 2, 3, 4, 5, 6], vec![1, 2, 3, 4, 5, 6]),
        ] {
            assert_eq!(
                ids(Word::filter(|w| w.text.regex(pattern)), &gm).await,
                exact,
                "{pattern}"
            );
            assert_eq!(
                ids(Word::filter(|w| w.text.iregex(pattern)), &gm).await,
                ignoring_case,
                "{pattern}"
            );
            let others: Vec<i64> = (1..=7).filter(|id| !exact.contains(id)).collect();
            assert_eq!(
                ids(Word::exclude(|w| w.text.regex(pattern)), &gm).await,
                others,
                "{pattern}"
            );
        }
        let refused = Word::filter(|w| w.text.regex("a(")).all(&gm).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`Word`.`text`: expected a regular expression: unclosed group"
        );
    }
}

async fn callers_may_use_patterns_if_the_owner_allows_it(database: TestDatabase) {
    let builder = Gm::builder()
        .database(database.url())
        .expose::<Word>()
        .expose::<PlainWord>();
    let running = Running::start(builder).await.unwrap();
    fill(&running.gm).await;
    let consumer = Gm::builder()
        .base_url("http://words.test", format!("http://{}", running.address))
        .build()
        .await
        .unwrap();
    let found = RemoteWord::filter(|w| w.text.iregex("^ALPHA$"))
        .one(&consumer)
        .await
        .unwrap();
    assert_eq!(found.id, 1);
    let refused = RemoteWord::exclude(|w| w.text.regex("[a"))
        .all(&consumer)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Remote(_)));
    assert_eq!(
        refused.field_errors()[0].message(),
        "expected a regular expression: unclosed character class"
    );

    let send = async |resource: &str, body: &str| {
        let request = Request::new("POST", &format!("/gm/{resource}/query")).json(body);
        let answer = request.send(running.address).await.unwrap();
        let json = answer.json();
        (
            answer.status,
            json["error_code"].clone(),
            json["details"]["message"].clone(),
        )
    };
    let invalid = |message: &str| (400, json!("invalid_request"), json!(message));
    let unknown = || invalid("there is no such field or lookup");
    let body = r#"{"filters": {"text__regex": "a"}}"#;
    assert_eq!(
        send("plain-words", body).await,
        invalid("patterns are not allowed here: the owner's `#[remote_api(..)]` has no `allow_regex`")
    );
    assert_eq!(send("words", body).await.0, 200);
    assert_eq!(
        send("words", r#"{"filters": {"number__regex": "1"}}"#).await,
        unknown()
    );
    let long = "a".repeat(1001);
    for (pattern, message) in [
        (json!("(a|b"), "expected a regular expression: unclosed group"),
        (
            json!("(?=a)"),
            "expected a regular expression: look-around, including look-ahead and look-behind, is not supported",
        ),
        (
            json!("((a{100}){100}){100}"),
            "expected a simpler pattern: its compiled form is too large",
        ),
        (json!(long), "expected a pattern of at most 1000 bytes"),
        (json!("\u{0}"), "expected text without U+0000"),
        (json!(5), "expected text"),
        (json!(null), "expected text, got null"),
    ] {
        for key in ["filters", "excludes"] {
            for lookup in ["text__regex", "text__iregex"] {
                let body = json!({key: {lookup: pattern}}).to_string();
                assert_eq!(send("words", &body).await, invalid(message), "{body}");
            }
        }
    }
    let several = |more: bool| {
        let mut filters = json!({"text__regex": "a", "text__iregex": "b"});
        if more {
            filters["other__regex"] = json!("c");
        }
        json!({"filters": filters, "excludes": {"text__regex": "d", "text__iregex": "e"}}).to_string()
    };
    assert_eq!(send("words", &several(false)).await.0, 200);
    assert_eq!(
        send("words", &several(true)).await,
        invalid("expected at most 4 patterns in a query")
    );
    running.stop().await.unwrap();
}

fn is_too_late(error: &Error) -> bool {
    matches!(
        error,
        Error::Query(QueryError::PatternTimeout { manager: "Word", .. })
    )
}

async fn patterns_have_a_time_limit_for_each_query(database: TestDatabase) {
    let none = Duration::ZERO;
    let late = "matching the patterns takes more than 0ns; use simpler patterns, or other lookups that leave fewer rows";
    let builder = Gm::builder().database(database.url()).expose::<Word>();
    let running = Running::start(builder.pattern_time_limit(none)).await.unwrap();
    let memory = Gm::builder().in_memory::<Word>().pattern_time_limit(none);
    for gm in [running.gm.clone(), memory.build().await.unwrap()] {
        fill(&gm).await;
        let query = || Word::filter(|w| w.text.regex("a"));
        let refused = query().all(&gm).await.unwrap_err();
        assert!(is_too_late(&refused), "{refused:?}");
        assert_eq!(refused.to_string(), format!("`Word`: {late}"));
        assert!(is_too_late(&query().count(&gm).await.unwrap_err()));
        assert!(is_too_late(
            &Word::exclude(|w| w.text.iregex("a"))
                .first(&gm)
                .await
                .unwrap_err()
        ));
        // Queries without a row to match or without a pattern are not affected.
        assert_eq!(
            ids(Word::filter(|w| w.text.regex("a") & w.text.is_null(true)), &gm).await,
            Vec::<i64>::new()
        );
        assert_eq!(ids(Word::filter(|w| w.text.contains("lph")), &gm).await, [1, 2]);
    }
    let request = Request::new("POST", "/gm/words/query").json(r#"{"filters": {"text__regex": "a"}}"#);
    let answer = request.send(running.address).await.unwrap();
    assert_eq!(
        (
            answer.status,
            answer.json()["error_code"].clone(),
            answer.json()["details"]["message"].clone()
        ),
        (400, json!("invalid_request"), json!(late))
    );
    running.stop().await.unwrap();
}

async fn the_time_limit_ends_the_match_of_one_long_text(database: TestDatabase) {
    // These matches would take minutes, in ASCII text and in other text.
    for (pattern, text) in [
        ("(a?){2000}b", "a".repeat(100_000)),
        (r"(a?){2000}\bb", "ä".repeat(100_000)),
    ] {
        let limit = Duration::from_millis(50);
        let builder = Gm::builder()
            .database(database.url())
            .manager::<Word>()
            .pattern_time_limit(limit);
        let gm = builder.build().await.unwrap();
        let word = Word::create(WordCreate {}).text(text).exec(&gm).await.unwrap();
        let query = Word::filter(|w| w.text.regex(pattern) & w.id.eq(word.id));
        let refused = tokio::time::timeout(Duration::from_secs(60), query.all(&gm));
        assert!(is_too_late(&refused.await.unwrap().unwrap_err()));
    }
}

#[tokio::test]
async fn the_time_in_the_queue_does_not_count() {
    // In memory there is one connection, so the second query waits until the time limit of the first.
    let builder = Gm::builder()
        .database("sqlite::memory:")
        .manager::<Word>()
        .pattern_time_limit(Duration::from_millis(500));
    let gm = builder.build().await.unwrap();
    Word::create(WordCreate {})
        .text("a".repeat(100_000))
        .exec(&gm)
        .await
        .unwrap();
    let costly = Word::filter(|w| w.text.regex("(a?){2000}b"));
    let cheap = Word::filter(|w| w.text.regex("^a"));
    let (refused, answered) = tokio::join!(costly.all(&gm), cheap.all(&gm));
    assert!(is_too_late(&refused.unwrap_err()));
    assert_eq!(answered.unwrap().len(), 1);
}

/// A pattern that is slow to compile, since its classes contain the other cases of their characters.
fn slow(last: char) -> String {
    format!("{}{last}", r"[\w\W]".repeat(6))
}

async fn patterns_are_not_compiled_on_the_callers_thread(database: TestDatabase) {
    let stored = Gm::builder().database(database.url()).manager::<Word>();
    let memory = Gm::builder().in_memory::<Word>();
    for builder in [stored, memory] {
        let gm = builder
            .pattern_time_limit(Duration::from_secs(60))
            .build()
            .await
            .unwrap();
        let query = async {
            let filter = Word::filter(|w| w.text.iregex(slow('a')) & w.other.iregex(slow('b')));
            filter.exclude(|w| w.text.iregex(slow('c'))).count(&gm).await
        };
        // Other work of this thread, a thousand times.
        let others = async {
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
        };
        match select(Box::pin(query), Box::pin(others)).await {
            Either::Left((count, _)) => panic!("the query was answered first: {count:?}"),
            Either::Right(((), query)) => assert_eq!(query.await.unwrap(), 0),
        }
        // It is refused although there is no row.
        let refused = Word::filter(|w| w.text.regex("a(")).all(&gm).await.unwrap_err();
        assert!(refused.is_invalid(), "{refused:?}");
    }
}

/// The time limit of patterns includes their compilation.
async fn the_time_limit_includes_the_compilation(database: TestDatabase) {
    let stored = Gm::builder().database(database.url()).manager::<Word>();
    let memory = Gm::builder().in_memory::<Word>();
    for builder in [stored, memory] {
        let gm = builder
            .pattern_time_limit(Duration::from_millis(1))
            .build()
            .await
            .unwrap();
        let query = Word::filter(|w| w.text.iregex(slow('a')) & w.other.iregex(slow('b')));
        assert!(is_too_late(&query.all(&gm).await.unwrap_err()));
    }
}
