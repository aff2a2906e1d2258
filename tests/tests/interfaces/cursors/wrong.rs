//! Cursors that do not fit their query, by the owner's own code and over the wire.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gm_runtime::Error;
use gm_runtime::error::QueryError;
use gm_runtime::query::Cursor;

use super::storages::{Stops, in_memory, in_own_storage, in_sqlite};
use super::{By, Listed, RemoteStop, Sorting, Stop, fill};

/// The cursor with this JSON.
fn cursor(json: &str) -> Cursor {
    URL_SAFE_NO_PAD.encode(json).parse().unwrap()
}

fn sorting() -> Sorting {
    vec![(By::Rank, true), (By::Name, false)]
}

/// Each is wrong for an ordering by rank, descending, and by name.
fn wrong() -> Vec<Cursor> {
    let deep = "[".repeat(6_000);
    let long = format!(r#"[["-rank","name"],1,"{}",1]"#, "a".repeat(11_000));
    let texts = ["", "null", "{}", "[]", "1", "[[]]", "[1]", r#"["-rank"]"#, &deep];
    let texts = texts.into_iter().chain([
        // Another ordering.
        r"[[],1]",
        r#"[["-rank"],1,1]"#,
        r#"[["rank","name"],1,"a",1]"#,
        r#"[["name","-rank"],"a",1,1]"#,
        r#"[["-rank","name","id"],1,"a",1]"#,
        r#"[["-rank","nothing"],1,"a",1]"#,
        r#"[["-rank",7],1,"a",1]"#,
        // Wrong values.
        r#"[["-rank","name"]]"#,
        r#"[["-rank","name"],1,"a"]"#,
        r#"[["-rank","name"],1,"a",1,1]"#,
        r#"[["-rank","name"],"1","a",1]"#,
        r#"[["-rank","name"],1.5,"a",1]"#,
        r#"[["-rank","name"],1e400,"a",1]"#,
        r#"[["-rank","name"],9223372036854775808,"a",1]"#,
        r#"[["-rank","name"],NaN,"a",1]"#,
        r#"[["-rank","name"],[1],"a",1]"#,
        r#"[["-rank","name"],1,null,1]"#,
        r#"[["-rank","name"],1,7,1]"#,
        r#"[["-rank","name"],1,"a\u0000",1]"#,
        r#"[["-rank","name"],1,"a\ud800",1]"#,
        r#"[["-rank","name"],1,"a",null]"#,
        r#"[["-rank","name"],1,"a","1"]"#,
        r#"[["-rank","name"],1,"a",1"#,
        r#"[["-rank","name"],1,"a",1] "x""#,
    ]);
    let mut cursors: Vec<Cursor> = texts
        .filter_map(|text| URL_SAFE_NO_PAD.encode(text).parse().ok())
        .collect();
    assert!(cursors.contains(&cursor(r"[[],1]")) && long.len() < 12_000);
    // Neither base64url nor UTF-8.
    for text in [
        "?",
        "W1tdLDFd=",
        "W1td+/",
        "_w",
        "a",
        "Zm9v.YmFy",
        "\"W10\"",
        "...",
    ] {
        cursors.push(text.parse().unwrap());
    }
    cursors
}

macro_rules! refuses {
    ($($name:ident: $stops:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let stops: Stops = $stops;
            fill(&stops.owner, &[(Some(1), "a"), (None, "b")]).await;
            for cursor in wrong() {
                let query = Stop::sorted(&sorting()).after(&cursor);
                let error = query.all(&stops.reader).await.unwrap_err();
                let is_wrong = matches!(error, Error::Query(QueryError::Cursor { manager: "Stop", .. }));
                assert!(is_wrong, "{cursor}: {error:?}");
                assert!(!error.is_retryable());
            }
        }
    )*};
}

refuses! {
    memory_refuses_them: Stops::own(in_memory()).await;
    sqlite_refuses_them: Stops::own(in_sqlite()).await;
    postgres_refuses_them: Stops::own_in_postgres().await;
    own_storage_refuses_them: Stops::own(in_own_storage()).await;
}

/// Over the wire each is 400, and names the cursor.
async fn is_invalid_request(stops: Stops) {
    fill(&stops.owner, &[(Some(1), "a"), (None, "b")]).await;
    for cursor in wrong() {
        let query = RemoteStop::sorted(&sorting()).after(&cursor);
        let error = query.all(&stops.reader).await.unwrap_err();
        let remote = error.remote().unwrap_or_else(|| panic!("{cursor}: {error:?}"));
        assert_eq!(
            (remote.status(), remote.error_code()),
            (400, Some("invalid_request")),
            "{cursor}"
        );
        assert!(error.to_string().contains("cursor"), "{cursor}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_refuses_them() {
    is_invalid_request(Stops::remote(in_sqlite()).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_passes_the_refusal_on() {
    is_invalid_request(Stops::behind_a_gateway(in_memory()).await).await;
}

/// A cursor changed by hand names another position, and shows nothing more than a lookup does.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_cursor_is_another_position() {
    for stops in [Stops::own(in_memory()).await, Stops::own(in_sqlite()).await] {
        fill(
            &stops.owner,
            &[(Some(1), "a"), (Some(2), "b"), (Some(3), "c"), (None, "d")],
        )
        .await;
        let query = Stop::sorted(&vec![(By::Rank, false)]);
        for (json, expected) in [
            (r#"[["rank"],1,99]"#, "bcd"),
            (r#"[["rank"],1,-99]"#, "abcd"),
            (r#"[["rank"],-9223372036854775808,1]"#, "abcd"),
            (r#"[["rank"],null,1]"#, "d"),
            (r#"[["rank"],null,9223372036854775807]"#, ""),
            (r#" [ [ "rank" ] , 2 , 2 ] "#, "cd"),
        ] {
            let page = query
                .clone()
                .after(&cursor(json))
                .all(&stops.reader)
                .await
                .unwrap();
            let names: String = page.iter().map(|stop| stop.name.as_str()).collect();
            assert_eq!(names, expected, "{json}");
        }
    }
}

#[test]
fn a_cursor_is_printable_text_of_limited_length() {
    for text in [
        "",
        " ",
        "a b",
        "ä",
        "a\n",
        "\u{0}",
        &"a".repeat(16_385),
        &"a".repeat(1 << 20),
    ] {
        let parsed = text.parse::<Cursor>();
        assert!(parsed.is_err(), "{} bytes", text.len());
        assert!(serde_json::from_value::<Cursor>(text.into()).is_err());
    }
    let longest = "a".repeat(16_384);
    let cursor: Cursor = longest.parse().unwrap();
    assert_eq!(cursor.to_string(), longest);
    assert_eq!(serde_json::to_value(&cursor).unwrap(), longest.as_str());
    assert_eq!(serde_json::from_value::<Cursor>(longest.into()).unwrap(), cursor);
    assert!(!format!("{cursor:?}").contains("aa"));
}

/// A page whose last row has too long a text for a cursor is read on by page numbers.
#[tokio::test(flavor = "multi_thread")]
async fn rows_with_long_texts_are_read_on_by_page_numbers() {
    let long = ["x".repeat(15_000), "y".repeat(15_000), "z".repeat(15_000)];
    let names = [
        (None, "a"),
        (None, &*long[0]),
        (None, &*long[1]),
        (None, &*long[2]),
        (None, "~"),
    ];
    let expected = names.map(|(_, name)| name.to_owned());
    let sorting = vec![(By::Name, false)];
    let own = Stops::own(in_sqlite()).await;
    fill(&own.owner, &names).await;
    let page = Stop::sorted(&sorting)
        .page(1)
        .page_size(3)
        .all(&own.reader)
        .await
        .unwrap();
    assert_eq!(page.next_cursor(), None);
    let remote = Stops::remote(in_sqlite()).await;
    fill(&remote.owner, &names).await;
    for page_size in 1..6 {
        let streamed = futures_util::TryStreamExt::try_collect::<Vec<_>>(
            Stop::sorted(&sorting).page_size(page_size).stream(&own.reader),
        );
        let streamed: Vec<_> = streamed
            .await
            .unwrap()
            .into_iter()
            .map(|stop| stop.name)
            .collect();
        assert_eq!(streamed, expected);
        let query = RemoteStop::sorted(&sorting).page_size(page_size);
        let all = query.all(&remote.reader).await.unwrap();
        let all: Vec<_> = all.iter().map(|stop| stop.name.clone()).collect();
        assert_eq!(all, expected, "{page_size} rows a page");
        let streamed = futures_util::TryStreamExt::try_collect::<Vec<_>>(query.stream(&remote.reader));
        let streamed: Vec<_> = streamed
            .await
            .unwrap()
            .into_iter()
            .map(|stop| stop.name)
            .collect();
        assert_eq!(streamed, expected, "{page_size} rows a page");
    }
}
