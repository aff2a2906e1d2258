//! The guide's page about limits, compared with a service: at each limit that a caller can reach, and one beyond it.

use std::path::Path;

use futures_util::TryStreamExt as _;
use gm_runtime::change::Event;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::database::TestDatabase;
use gm_tests::raw::{Request, Response};
use gm_tests::websocket::{Socket, TEXT, frame, handshake};
use serde_json::{Value as Json, json};

const PAGE: &str = include_str!("../../../docs/guide/limits.md");

/// Rows that are served with the default limits.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
#[permission(read = public)]
#[remote_api(
    resource = "notes",
    allow_filter,
    allow_detail,
    allow_regex,
    websocket_invalidation
)]
struct Note {
    #[field(id)]
    id: i64,
    title: String,
    text: String,
}

/// A row of the page: the limit, its number, its setting, and what happens beyond it.
struct Row {
    bound: &'static str,
    number: &'static str,
    setting: &'static str,
    beyond: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    let tables = PAGE.lines().filter_map(|line| line.strip_prefix("| "));
    tables.filter_map(|line| {
        let cells: Vec<_> = line.trim_end_matches(" |").split(" | ").collect();
        match cells[..] {
            [bound, number, setting, beyond] if bound != "bound" => Some(Row {
                bound,
                number,
                setting,
                beyond,
            }),
            _ => None,
        }
    })
}

fn row(bound: &str) -> Row {
    let mut rows = rows().filter(|row| row.bound == bound);
    rows.next()
        .unwrap_or_else(|| panic!("no row `{bound}` in the page"))
}

/// The number of a limit, converted to bytes if it has such a unit.
fn number(bound: &str) -> usize {
    let text = row(bound).number;
    let (number, unit) = text.split_once(' ').unwrap_or((text, ""));
    let number: usize = number.replace(',', "").parse().expect("a number");
    match unit {
        "KiB" => number << 10,
        "MiB" => number << 20,
        _ => number,
    }
}

/// Asserts that the response is the refusal that the page names.
fn assert_beyond(bound: &str, response: &Response) {
    let code = response.json()["error_code"].clone();
    let refusal = format!("{} `{}`", response.status, code.as_str().unwrap_or_default());
    assert_eq!(refusal, row(bound).beyond, "{bound}");
}

fn object(members: impl IntoIterator<Item = (String, Json)>) -> Json {
    Json::Object(members.into_iter().collect())
}

gm_tests::on_each_database! {
    a_query,
    patterns,
}

async fn serve(database: &TestDatabase) -> Running {
    let builder = Gm::builder().expose::<Note>().database(database.url());
    Running::start(builder).await.unwrap()
}

async fn query(service: &Running, body: &Json) -> Response {
    let query = Request::new("POST", "/gm/notes/query").json(&body.to_string());
    query.send(service.address).await.unwrap()
}

/// Sends the queries that `body` makes, at the limit and one beyond it.
async fn assert_bounds(service: &Running, bound: &str, body: impl Fn(usize) -> Json) {
    let most = number(bound);
    let response = query(service, &body(most)).await;
    assert_eq!(response.status, 200, "{bound}: {}", response.json());
    assert_beyond(bound, &query(service, &body(most + 1)).await);
}

#[tokio::test]
async fn a_request() {
    let service = serve(&TestDatabase::sqlite()).await;
    let body = number("body");
    for (bytes, fits) in [(body, true), (body + 1, false)] {
        let padded = format!("{{}}{}", " ".repeat(bytes - 2));
        let query = Request::new("POST", "/gm/notes/query").json(&padded);
        let response = query.send(service.address).await.unwrap();
        if fits {
            assert_eq!(response.status, 200);
        } else {
            assert_beyond("body", &response);
        }
    }
    assert_bounds(&service, "levels of arrays and objects", |levels| {
        let inner = levels - 1;
        let nested = format!("{}{}", "[".repeat(inner), "]".repeat(inner));
        json!({"ignored": serde_json::from_str::<Json>(&nested).unwrap()})
    })
    .await;

    let url = "path and query of the URL";
    for (bytes, fits) in [(number(url), true), (number(url) + 1, false)] {
        let response = Request::new("GET", &format!("{:x<bytes$}", "/gm/notes/1?"));
        let response = response.send(service.address).await.unwrap();
        if fits {
            assert_eq!(response.status, 404);
        } else {
            assert_beyond(url, &response);
        }
    }

    let id = number("request id");
    for (characters, fits) in [(id, true), (id + 1, false)] {
        let given = "i".repeat(characters);
        let request = Request::new("GET", "/gm/notes/1").header("X-Request-ID", &given);
        let response = request.send(service.address).await.unwrap();
        assert_eq!(response.header("x-request-id") == Some(&*given), fits);
    }
    service.stop().await.unwrap();
}

async fn a_query(database: TestDatabase) {
    let service = serve(&database).await;
    let lookups = "lookups, `filters` and `excludes` together";
    assert_bounds(&service, lookups, |count| {
        let operators = ["", "__gt", "__gte", "__lt", "__lte", "__contains", "__icontains"]
            .into_iter()
            .chain([
                "__startswith",
                "__istartswith",
                "__endswith",
                "__iendswith",
                "__iexact",
            ])
            .chain(["__in", "__range"]);
        let given = |operator: &str| match operator {
            "__in" => json!(["a"]),
            "__range" => json!(["a", "b"]),
            _ => json!("a"),
        };
        let texts = ["title", "text"].into_iter().flat_map(|field| {
            let lookups = operators.clone();
            lookups.map(move |operator| (format!("{field}{operator}"), given(operator)))
        });
        let ids = ["", "__gt", "__gte", "__lt", "__lte"];
        let ids = ids.map(|operator| (format!("id{operator}"), json!(1)));
        let all: Vec<_> = texts.chain(ids).collect();
        let filters: Vec<_> = all.iter().take(count).cloned().collect();
        let excludes: Vec<_> = all.iter().take(count - filters.len()).cloned().collect();
        json!({"filters": object(filters), "excludes": object(excludes)})
    })
    .await;
    assert_bounds(
        &service,
        "members of a list",
        |count| json!({"filters": {"id__in": (0..count).collect::<Vec<_>>()}}),
    )
    .await;
    assert_bounds(&service, "rows of a page", |size| json!({"page_size": size})).await;

    let answer = query(&service, &json!({})).await.json();
    assert_eq!(
        answer["metadata"]["page_size"],
        number("rows of a page that names no size")
    );
    assert_eq!(row("number of a page").number, "2<sup>63</sup> − 1");
    assert_eq!(query(&service, &json!({"page": i64::MAX})).await.status, 200);
    let further = query(&service, &json!({"page": i64::MAX as u64 + 1})).await;
    assert_beyond("number of a page", &further);

    let names = number("names of unknown keys in the answer");
    let unknown = object((0..=names).map(|key| (format!("x{key}"), json!(1))));
    let answer = query(&service, &unknown).await.json();
    assert_eq!(answer["metadata"]["ignored"].as_array().unwrap().len(), names);
    service.stop().await.unwrap();
}

async fn patterns(database: TestDatabase) {
    let service = serve(&database).await;
    assert_bounds(&service, "patterns", |count| {
        let keys = ["title__regex", "title__iregex", "text__regex", "text__iregex"];
        let given = |key: &str| (key.to_owned(), json!("a"));
        let excludes = keys.iter().take(count - keys.len());
        json!({
            "filters": object(keys.map(given)),
            "excludes": object(excludes.map(|key| given(key))),
        })
    })
    .await;
    let pattern = |text: String| json!({"filters": {"text__regex": text}});
    assert_bounds(&service, "bytes of a pattern", |bytes| pattern("a".repeat(bytes))).await;
    assert_bounds(&service, "classes of a pattern (`[..]`, `\\p`)", |classes| {
        pattern("[ab]".repeat(classes))
    })
    .await;
    assert_bounds(&service, "groups within each other", |groups| {
        pattern(format!("{}a{}", "(".repeat(groups), ")".repeat(groups)))
    })
    .await;
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_message_of_a_subscriber() {
    let service = serve(&TestDatabase::sqlite()).await;
    let bytes = number("message of a subscriber");
    let (_, mut socket) = Socket::open(service.address, &handshake("/gm/ws/notes"))
        .await
        .unwrap();
    let message = |bytes: usize| frame(0x80 | TEXT, bytes as u64, &vec![b'x'; bytes]);
    socket.send_bytes(&message(bytes)).await.unwrap();
    socket.send_bytes(&message(bytes + 1)).await.unwrap();
    // The service sent nothing before, so it accepted the first message.
    let code = socket.receive_past_pings().await.unwrap().close_code().unwrap();
    assert_eq!(
        row("message of a subscriber").beyond,
        format!("closed with {code}")
    );
    service.stop().await.unwrap();
}

#[tokio::test]
async fn changes_that_wait() {
    let most = number("changes that wait for a reader of `changes`");
    let gm = Gm::builder().in_memory::<Note>().build().await.unwrap();
    for (written, coalesced) in [(most, false), (most + 1, true)] {
        let mut changes = Note::changes(&gm);
        for _ in 0..written {
            let note = NoteCreate {
                title: "a".into(),
                text: "b".into(),
            };
            Note::create(note).exec(&gm).await.unwrap();
        }
        let first = changes.try_next().await.unwrap().unwrap();
        assert_eq!(
            matches!(first, Event::Refresh { .. }),
            coalesced,
            "{written}: {first:?}"
        );
    }
}

/// The numbers that a caller can't reach are compared with the reference.
#[test]
fn the_page_has_the_numbers_of_the_reference() {
    let mut code = String::new();
    read_all(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../gm-runtime/src"),
        &mut code,
    );
    let mut settings = 0;
    for row in rows() {
        let Some(name) = row.setting.split('`').nth(1) else {
            continue;
        };
        // A setting of another crate, or a number that is spelled out.
        if row.setting.contains("` of `") || !row.number.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let method = match name.starts_with("Timeouts::") {
            true => "    pub const fn new() -> Self {".to_owned(),
            false => format!("    pub fn {name}(mut self"),
        };
        let before = code.split(&*method).map(comment).collect::<Vec<_>>();
        let reference = &before[..before.len() - 1];
        assert!(!reference.is_empty(), "there is no setting `{name}`");
        let number = row.number.split(" times").next().unwrap();
        assert!(
            reference.iter().any(|text| states(text, number)),
            "the page says {number} of `{name}`, the reference {reference:?}"
        );
        settings += 1;
    }
    assert!(settings >= 25, "{settings}");
}

/// Whether the text has this number, and not as a part of a longer one.
fn states(text: &str, number: &str) -> bool {
    let number = if number == "4" { "four" } else { number };
    let is_digit = |character: char| character.is_ascii_digit() || character == ',';
    text.match_indices(number).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + number.len()..]);
        !before.ends_with(is_digit) && !after.starts_with(|next: char| next.is_ascii_digit())
    })
}

/// The comment at the end of this code, on one line and with the page's units.
fn comment(code: &str) -> String {
    let lines: Vec<_> = code
        .trim_end()
        .lines()
        .rev()
        .map(str::trim)
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .filter_map(|line| line.strip_prefix("///"))
        .collect();
    let text: String = lines.into_iter().rev().collect();
    text.replace(" seconds", " s").replace(" minutes", " min")
}

fn read_all(folder: &Path, code: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}
