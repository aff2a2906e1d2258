//! The consumer's side: its writes have keys, and are retried when their answers are lost.

use std::sync::{Arc, Mutex, PoisonError};

use gm_runtime::client::{HttpRequest, HttpResponse, Transport, TransportFuture};
use gm_runtime::error::{Extension, TransportError, TransportErrorKind};
use gm_runtime::{Error, Gm, GmBuilder};
use gm_tests::conformance::Running;

use crate::proxy::{Losses, Proxy};
use crate::{Note, RemoteNote, RemoteNoteCreate, Storage, titles};

pub(crate) fn note(title: &str) -> RemoteNoteCreate {
    RemoteNoteCreate { title: title.into() }
}

pub(crate) fn consumer_of(url: String) -> GmBuilder {
    Gm::builder()
        .base_url("http://owner.test", url)
        .bearer_token("of-ada")
}

/// An owner in SQLite behind a proxy that loses requests and answers.
pub(crate) async fn lossy_owner(seed: u64) -> (Running, Proxy) {
    let database = gm_tests::database::TestDatabase::sqlite();
    let owner = Storage::Database(Box::new(database)).serve().await;
    let losses = Losses {
        requests: Some(8),
        answers: Some(3),
    };
    let proxy = Proxy::to(owner.address, losses, seed).await;
    (owner, proxy)
}

#[tokio::test]
async fn writes_whose_answers_are_lost_are_carried_out_once() {
    let (owner, proxy) = lossy_owner(1).await;
    let gm = consumer_of(proxy.url()).retries(100).build().await.unwrap();
    while RemoteNote::query().count(&gm).await.is_err() {}
    for number in 0..30 {
        let created = RemoteNote::create(note(&format!("{number}")))
            .exec(&gm)
            .await
            .unwrap();
        assert_eq!(created.title, format!("{number}"));
        // The version is the one that was read, although a lost attempt has raised it.
        let updated = created
            .update()
            .title(format!("{number}!"))
            .exec(&gm)
            .await
            .unwrap();
        assert_eq!(updated.version, 2);
        if number % 3 == 0 {
            updated.delete(&gm).await.unwrap();
        }
    }
    let expected: Vec<_> = (0..30)
        .filter(|number| number % 3 > 0)
        .map(|number| format!("{number}!"))
        .collect();
    assert_eq!(titles(&owner).await, expected);
    let (_, answers) = proxy.lost();
    assert!(answers > 10, "{answers} answers were lost");
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn an_unknown_outcome_is_found_out_with_the_key_of_the_error() {
    let owner = Storage::Memory.serve().await;
    let losses = Losses {
        requests: None,
        answers: Some(2),
    };
    let proxy = Proxy::to(owner.address, losses, 2).await;
    let gm = consumer_of(proxy.url()).retries(0).build().await.unwrap();
    while RemoteNote::query().count(&gm).await.is_err() {}
    let mut number = 0;
    let key = loop {
        number += 1;
        match RemoteNote::create(note(&format!("{number}"))).exec(&gm).await {
            Ok(_) => {}
            Err(error) => {
                assert!(error.is_outcome_unknown() && !error.is_retryable(), "{error}");
                let key = error.idempotency_key().unwrap().to_owned();
                assert!(error.to_string().contains(&key), "{error}");
                break key;
            }
        }
    };
    let title = format!("{number}");
    let found = loop {
        let again = RemoteNote::create(note(&title)).exec(&gm).idempotency_key(&key);
        if let Ok(found) = again.await {
            break found;
        }
    };
    assert_eq!(found.title, title);
    assert_eq!(titles(&owner).await.len(), number);
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn a_key_of_the_application_stands_for_one_write() {
    let owner = Storage::Memory.serve().await;
    // Nothing is known of the owner before the first write.
    let gm = consumer_of(format!("http://{}", owner.address))
        .build()
        .await
        .unwrap();
    let first = RemoteNote::create(note("a"))
        .exec(&gm)
        .idempotency_key("order 7")
        .await
        .unwrap();
    let second = RemoteNote::create(note("a"))
        .exec(&gm)
        .idempotency_key("order 7")
        .await
        .unwrap();
    assert_eq!(first, second);
    let other = RemoteNote::create(note("b"))
        .exec(&gm)
        .idempotency_key("order 7")
        .await
        .unwrap_err();
    assert_eq!(other.remote().unwrap().status(), 422);
    assert!(!other.is_outcome_unknown() && !other.is_retryable(), "{other}");
    assert!(
        other.to_string().contains("give each write a key of its own"),
        "{other}"
    );
    let delete = || RemoteNote::by_id(1).delete(&gm).idempotency_key("delete 1");
    delete().await.unwrap();
    delete().await.unwrap();
    let empty = RemoteNote::create(note("c"))
        .exec(&gm)
        .idempotency_key("")
        .await
        .unwrap_err();
    assert!(empty.is_invalid(), "{empty}");
    assert_eq!(Note::query().count(&owner.gm).await.unwrap(), 0);
    owner.stop().await.unwrap();
}

/// The status and the error code of an answer, or the reason why there is none.
type Outcome = Result<(u16, &'static str), TransportErrorKind>;

/// The path and the key of a request.
type Sent = (String, Option<String>);

/// A transport that answers itself.
#[derive(Clone)]
struct Answers {
    features: Option<&'static str>,
    /// The requests that had this outcome before the others succeed.
    writes: Arc<Mutex<Vec<Outcome>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Answers {
    fn new(features: Option<&'static str>, writes: impl IntoIterator<Item = Outcome>) -> Self {
        Self {
            features,
            writes: Arc::new(Mutex::new(writes.into_iter().collect())),
            sent: Arc::default(),
        }
    }

    /// The paths of the requests, and their keys.
    fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Transport for Answers {
    fn send(&self, request: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        let key = request.headers().find(|(name, _)| *name == "idempotency-key");
        let key = key.map(|(_, key)| key.to_owned());
        let path = request.url().rsplit("/gm/").next().unwrap().to_owned();
        let is_query = path.ends_with("query");
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((path, key));
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = match is_query || writes.is_empty() {
            true => Ok((201, "")),
            false => writes.remove(0),
        };
        let features = self
            .features
            .map(|words| ("x-general-manager-features".to_owned(), words.to_owned()));
        let answered = outcome.map_err(TransportError::new).map(|(status, code)| {
            let body = match (is_query, status) {
                (true, _) => r#"{"items": [], "total_count": 0, "metadata": {}}"#.to_owned(),
                (_, 200..300) => {
                    r#"{"items": [{"id": 1, "title": "a", "place": null, "version": 1}], "metadata": {}}"#
                        .to_owned()
                }
                _ => format!(r#"{{"error": "No.", "error_code": "{code}", "metadata": {{}}}}"#),
            };
            HttpResponse::new(status, features, body)
        });
        Box::pin(std::future::ready(answered))
    }

    fn sleep(&self, _: std::time::Duration) -> TransportFuture<()> {
        Box::pin(std::future::ready(()))
    }
}

async fn with(answers: &Answers, builder: impl FnOnce(GmBuilder) -> GmBuilder) -> Gm {
    builder(Gm::builder().transport(answers.clone()))
        .build()
        .await
        .unwrap()
}

#[tokio::test]
async fn each_write_has_a_key_where_the_owner_announces_it() {
    let answers = Answers::new(Some("idempotency"), []);
    let gm = with(&answers, |builder| builder).await;
    for _ in 0..2 {
        RemoteNote::create(note("a")).exec(&gm).await.unwrap();
    }
    let sent = answers.sent();
    let [(query, None), (first, Some(one)), (second, Some(other))] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    assert_eq!([query, first, second], ["notes/query", "notes", "notes"]);
    assert_ne!(one, other);

    let gm = with(&answers, |builder| builder.idempotent_writes(false)).await;
    RemoteNote::create(note("a")).exec(&gm).await.unwrap();
    assert_eq!(answers.sent(), [("notes".to_owned(), None)]);

    // An owner such as one in Python ignores keys, so none is sent.
    for features in [None, Some("cursor, version")] {
        let answers = Answers::new(features, []);
        let gm = with(&answers, |builder| builder).await;
        RemoteNote::create(note("a")).exec(&gm).await.unwrap();
        let refused = RemoteNote::create(note("a"))
            .exec(&gm)
            .idempotency_key("k")
            .await
            .unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Unsupported {
                    extension: Extension::Idempotency,
                    ..
                }
            ),
            "{refused}"
        );
        let sent = answers.sent();
        assert_eq!(
            sent,
            [("notes/query".to_owned(), None), ("notes".to_owned(), None)]
        );
    }
}

#[tokio::test]
async fn a_write_with_a_key_is_retried_whatever_became_of_it() {
    use gm_runtime::error::Phase;
    let lost: [Outcome; 8] = [
        Err(TransportErrorKind::Closed),
        Err(TransportErrorKind::Closed),
        Err(TransportErrorKind::Timeout(Phase::Response)),
        Err(TransportErrorKind::Connect),
        Ok((409, "in_progress")),
        Ok((503, "unavailable")),
        Ok((502, "")),
        Ok((500, "internal_error")),
    ];
    let answers = Answers::new(Some("idempotency"), lost);
    let gm = with(&answers, |builder| builder.retries(lost.len())).await;
    RemoteNote::create(note("a")).exec(&gm).await.unwrap();
    let sent = answers.sent();
    assert_eq!(sent.len(), 2 + lost.len());
    assert!(sent.iter().skip(2).all(|(_, key)| *key == sent[1].1), "{sent:?}");
}

#[tokio::test]
async fn an_error_tells_whether_an_earlier_attempt_may_be_carried_out() {
    let cases: [(&[Outcome; 2], bool, bool); 7] = [
        // The last attempt was refused, and an earlier one may be carried out.
        (
            &[Err(TransportErrorKind::Closed), Ok((503, "unavailable"))],
            true,
            false,
        ),
        (
            &[Err(TransportErrorKind::Closed), Err(TransportErrorKind::Connect)],
            true,
            false,
        ),
        (
            &[Err(TransportErrorKind::Closed), Ok((403, "permission_denied"))],
            true,
            false,
        ),
        // The owner looked for the answer of an earlier attempt.
        (
            &[Err(TransportErrorKind::Closed), Ok((409, "conflict"))],
            false,
            false,
        ),
        (&[Ok((503, "unavailable")), Ok((503, "unavailable"))], false, true),
        (
            &[Err(TransportErrorKind::Connect), Err(TransportErrorKind::Connect)],
            false,
            true,
        ),
        (&[Ok((409, "in_progress")), Ok((409, "in_progress"))], true, false),
    ];
    for (outcomes, is_unknown, is_retryable) in cases {
        let answers = Answers::new(Some("idempotency"), outcomes.iter().copied());
        let gm = with(&answers, |builder| builder.retries(1)).await;
        let error = RemoteNote::create(note("a")).exec(&gm).await.unwrap_err();
        assert_eq!(
            (error.is_outcome_unknown(), error.is_retryable()),
            (is_unknown, is_retryable),
            "{outcomes:?}: {error}"
        );
        assert!(error.idempotency_key().is_some());
        assert_eq!(
            error.is_conflict(),
            outcomes[1] == Ok((409, "conflict")),
            "{error}"
        );
    }
}
