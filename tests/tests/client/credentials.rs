//! Credentials of providers: when a provider is called, what a request does without one, and what is shown of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::poll;
use gm_runtime::client::{Credential, CredentialProvider, CredentialRequest, TokenFile};
use gm_runtime::error::CredentialError;
use gm_runtime::{Error, Gm};
use gm_tests::clock::TestClock;
use gm_tests::credentials::{Calls, held};
use gm_tests::log;

use crate::managers::RemoteProject;
use crate::server::{Request, Server, json, rows};

const LIFE: Duration = Duration::from_secs(100);
const DUE: Duration = Duration::from_secs(76);

fn token_of(request: &Request) -> &str {
    request.header("authorization").unwrap()
}

/// A server that accepts only this token.
fn accepting(token: &'static str) -> Server {
    Server::start(move |request, _| {
        if token_of(request) != token {
            return json(401, "{}");
        }
        let id = request.path.rsplit('/').next().unwrap();
        match request.method.as_str() {
            "DELETE" => rows("[]"),
            _ => rows(&format!(r#"[{{"id": {id}, "name": "a", "status": "b"}}]"#)),
        }
    })
}

/// A handle with credentials of the provider, and a clock that the test moves.
async fn with_provider(server: &Server) -> (Gm, Calls, Arc<TestClock>) {
    let (provider, calls) = held();
    let clock = Arc::new(TestClock::default());
    let builder = server.builder().credentials(provider).cache_clock(clock.clone());
    (builder.build().await.unwrap(), calls, clock)
}

fn credential_error(error: &Error) -> &CredentialError {
    match error {
        Error::Credential(error) => error,
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn all_requests_wait_for_one_call_which_no_cancelled_caller_ends() {
    let server = accepting("Bearer one");
    let (gm, calls, _) = with_provider(&server).await;
    let mut first = Box::pin(RemoteProject::get(&gm, 1).into_future());
    assert!(poll!(&mut first).is_pending());
    let call = calls.next().await;
    let mut others: Vec<_> = (2..50)
        .map(|id| Box::pin(RemoteProject::get(&gm, id).into_future()))
        .collect();
    for other in &mut others {
        assert!(poll!(other).is_pending());
    }
    drop(first);
    call.give(Credential::bearer("one"));
    for read in join_all(others).await {
        read.unwrap();
    }
    assert_eq!(calls.waiting().await, 0);
    assert_eq!(server.requests().len(), 48);
}

#[tokio::test]
async fn a_renewal_that_is_due_delays_no_request() {
    let server = Server::start(|_, _| rows(r#"[{"id": 1, "name": "a", "status": "b"}]"#));
    let (gm, calls, clock) = with_provider(&server).await;
    let read = async || RemoteProject::get(&gm, 1).fresh().await.unwrap();
    tokio::join!(read(), calls.give(Credential::bearer("one").lasting(LIFE)));
    clock.advance(LIFE / 2 - Duration::from_secs(1));
    read().await;
    assert_eq!(calls.waiting().await, 0);
    clock.advance(DUE - LIFE / 2 + Duration::from_secs(1));
    read().await;
    let call = calls.next().await;
    read().await;
    assert_eq!(calls.waiting().await, 0);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| token_of(request) == "Bearer one")
    );
    call.give(Credential::bearer("two").lasting(LIFE));
    clock.advance(LIFE - DUE);
    read().await;
    assert_eq!(token_of(server.requests().last().unwrap()), "Bearer two");
}

#[tokio::test]
async fn requests_that_were_rejected_are_sent_again_once_with_one_fresh_credential() {
    let server = accepting("Bearer two");
    let (gm, calls, _) = with_provider(&server).await;
    let reads = join_all((1..10).map(|id| RemoteProject::get(&gm, id).into_future()));
    // A 401 has no effect, so writes are sent again, too.
    let writes = join_all((10..20).map(|id| RemoteProject::by_id(id).delete(&gm)));
    let provide = async {
        calls.give(Credential::bearer("one").of("billing")).await;
        let call = calls.next().await;
        assert!(call.rejected);
        call.give(Credential::bearer("two").of("billing"));
    };
    let (reads, writes, ()) = tokio::join!(reads, writes, provide);
    assert!(reads.iter().all(Result::is_ok), "{reads:?}");
    assert!(writes.iter().all(Result::is_ok), "{writes:?}");
    assert_eq!(calls.waiting().await, 0);
    let requests = server.requests();
    for id in 1..20 {
        let path = format!("/{id}");
        let of_id: Vec<_> = requests
            .iter()
            .filter(|request| request.path.ends_with(&path))
            .collect();
        assert!(of_id.len() <= 2, "{id}");
        let ids: Vec<_> = of_id
            .iter()
            .map(|request| request.header("x-request-id"))
            .collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}

/// What one user wrote is not written by the next one, who has signed in meanwhile.
#[tokio::test]
async fn a_rejected_write_is_not_sent_again_for_another_identity() {
    let server = accepting("Bearer two");
    let (gm, calls, _) = with_provider(&server).await;
    let provide = async {
        calls.give(Credential::bearer("one").of("ada")).await;
        calls.next().await.give(Credential::bearer("two").of("grace"));
    };
    let (write, ()) = tokio::join!(RemoteProject::by_id(10).delete(&gm), provide);
    assert_eq!(write.unwrap_err().remote().unwrap().status(), 401);
    assert_eq!(server.requests().len(), 1);
    RemoteProject::by_id(10).delete(&gm).await.unwrap();
    assert_eq!(token_of(server.requests().last().unwrap()), "Bearer two");
}

/// A provider that gives another token each time.
struct Counting(Arc<AtomicUsize>);

impl CredentialProvider for Counting {
    async fn credential(&self, _: &CredentialRequest) -> Result<Credential, CredentialError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Credential::bearer(format!("token-{number}")).of("billing"))
    }
}

#[tokio::test]
async fn an_owner_that_rejects_everything_causes_few_renewals() {
    let server = accepting("none");
    let (clock, calls) = (Arc::new(TestClock::default()), Arc::new(AtomicUsize::new(0)));
    let builder = server.builder().credentials(Counting(Arc::clone(&calls)));
    let gm = builder.cache_clock(clock.clone()).build().await.unwrap();
    for round in 1..=3 {
        for _ in 0..20 {
            let error = RemoteProject::get(&gm, 1).await.unwrap_err();
            assert_eq!(error.remote().unwrap().status(), 401);
        }
        // The first one, and one for each 10 s.
        assert_eq!(calls.load(Ordering::SeqCst), 1 + round);
        assert_eq!(server.requests().len(), 21 * round);
        clock.advance(Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_failed_call_fails_each_request_until_its_backoff_is_over() {
    let server = accepting("Bearer one");
    let (gm, calls, clock) = with_provider(&server).await;
    let (error, ()) = tokio::join!(async { RemoteProject::get(&gm, 1).await.unwrap_err() }, async {
        calls.next().await.fail()
    });
    assert!(
        matches!(credential_error(&error), CredentialError::Other(_)),
        "{error:?}"
    );
    assert!(error.to_string().contains("no credential"), "{error}");
    for _ in 0..20 {
        RemoteProject::by_id(1).delete(&gm).await.unwrap_err();
    }
    assert_eq!(calls.waiting().await, 0);
    assert!(server.requests().is_empty());
    clock.advance(Duration::from_secs(1));
    let (read, ()) = tokio::join!(
        async { RemoteProject::get(&gm, 1).await },
        calls.give(Credential::bearer("one"))
    );
    read.unwrap();
}

/// What a provider may do wrong.
enum Fault {
    Hangs,
    Blocks(Mutex<mpsc::Receiver<()>>),
    Panics,
    Gives(Credential),
}

impl CredentialProvider for Fault {
    async fn credential(&self, _: &CredentialRequest) -> Result<Credential, CredentialError> {
        match self {
            Self::Hangs => std::future::pending().await,
            Self::Blocks(end) => {
                let _ = end.lock().unwrap().recv();
                Err(CredentialError::other(std::io::Error::other("late")))
            }
            Self::Panics => panic!("on purpose"),
            Self::Gives(credential) => Ok(credential.clone()),
        }
    }
}

#[tokio::test]
async fn a_provider_that_fails_in_any_way_fails_the_request_in_time() {
    let server = accepting("Bearer one");
    let (_end, ended) = mpsc::channel();
    type Expected = fn(&CredentialError) -> bool;
    let timeout: Expected = |error| matches!(error, CredentialError::Timeout(_));
    let invalid: Expected = |error| matches!(error, CredentialError::InvalidToken);
    let ended_already: Expected = |error| matches!(error, CredentialError::Ended);
    let gives = |token: &str| Credential::bearer(token);
    for (fault, expected) in [
        (Fault::Hangs, timeout),
        (Fault::Blocks(Mutex::new(ended)), timeout),
        (Fault::Panics, |error| matches!(error, CredentialError::Panicked)),
        (Fault::Gives(gives("")), invalid),
        (Fault::Gives(gives("s3cr3t\r\nx-evil: 1")), invalid),
        (Fault::Gives(gives(&"s3cr3t".repeat(20_000))), invalid),
        (
            Fault::Gives(gives("s3cr3t").lasting(Duration::ZERO)),
            ended_already,
        ),
        (
            Fault::Gives(gives("s3cr3t").until(std::time::UNIX_EPOCH)),
            ended_already,
        ),
        // The claim `exp` of a JSON Web Token: 1970.
        (Fault::Gives(gives("e30.eyJleHAiOjF9.s3cr3t")), ended_already),
    ] {
        let builder = server
            .builder()
            .credentials(fault)
            .credential_time_limit(Duration::from_millis(50));
        let gm = builder.build().await.unwrap();
        let error = RemoteProject::get(&gm, 1).await.unwrap_err();
        assert!(expected(credential_error(&error)), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("s3cr3t"), "{error:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_call_that_hangs_is_followed_by_another() {
    let server = accepting("Bearer one");
    let (provider, calls) = held();
    let clock = Arc::new(TestClock::default());
    let builder = server.builder().credentials(provider).cache_clock(clock.clone());
    let limit = Duration::from_millis(50);
    let gm = builder.credential_time_limit(limit).build().await.unwrap();
    let error = RemoteProject::get(&gm, 1).await.unwrap_err();
    assert!(
        matches!(credential_error(&error), CredentialError::Timeout(_)),
        "{error:?}"
    );
    let _hanging = calls.next().await;
    clock.advance(Duration::from_secs(1));
    let read = async { RemoteProject::get(&gm, 1).await };
    let (read, ()) = tokio::join!(read, calls.give(Credential::bearer("one")));
    read.unwrap();
}

#[tokio::test]
async fn a_token_file_that_is_missing_or_too_long_is_a_typed_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let server = accepting("Bearer one");
    let clock = Arc::new(TestClock::default());
    let builder = server.builder().credentials(TokenFile::new(&path));
    let gm = builder.cache_clock(clock.clone()).build().await.unwrap();
    for content in [None, Some(vec![b'a'; 70_000]), Some(vec![0xff; 10])] {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let error = RemoteProject::get(&gm, 1).await.unwrap_err();
        assert!(
            matches!(credential_error(&error), CredentialError::File { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains("token"), "{error}");
        clock.advance(Duration::from_secs(1));
    }
    std::fs::write(&path, "  one\r\n").unwrap();
    RemoteProject::get(&gm, 1).await.unwrap();
    // A rejected token is read again at once.
    drop(server);
    let server = accepting("Bearer two");
    let builder = server.builder().credentials(TokenFile::new(&path));
    let gm = builder.build().await.unwrap();
    std::fs::write(&path, "one").unwrap();
    let error = RemoteProject::get(&gm, 1).await.unwrap_err();
    assert_eq!(error.remote().unwrap().status(), 401);
    // The file is the same, so the request was not sent again.
    assert_eq!(server.requests().len(), 1);
}

/// The backoff is for a file that stays as it is.
#[tokio::test]
async fn a_token_file_that_changes_after_failures_is_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let server = accepting("Bearer one");
    let clock = Arc::new(TestClock::default());
    let builder = server.builder().credentials(TokenFile::new(&path));
    let gm = builder.cache_clock(clock.clone()).build().await.unwrap();
    log::keep();
    // The last backoff is at least 12.8 s.
    for _ in 0..8 {
        clock.advance(Duration::from_secs(60));
        RemoteProject::get(&gm, 1).await.unwrap_err();
    }
    // One cause is one warning, which names the service and the file.
    let warnings = log::lines(&["could not renew the credentials", path.to_str().unwrap()]);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("WARN") && warnings[0].contains("http://127.0.0.1"),
        "{warnings:?}"
    );
    std::fs::write(&path, "one").unwrap();
    // Once a second at most.
    RemoteProject::get(&gm, 1).await.unwrap_err();
    clock.advance(Duration::from_secs(1));
    RemoteProject::get(&gm, 1).await.unwrap();
}

#[tokio::test]
async fn a_rejected_token_is_read_again_from_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "one").unwrap();
    let replaced = path.clone();
    let server = Server::start(move |request, _| {
        if token_of(request) == "Bearer one" {
            std::fs::write(&replaced, "two").unwrap();
            return json(401, "{}");
        }
        rows(r#"[{"id": 1, "name": "a", "status": "b"}]"#)
    });
    let gm = server
        .builder()
        .credentials(TokenFile::new(&path))
        .build()
        .await
        .unwrap();
    RemoteProject::get(&gm, 1).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn two_credentials_for_one_service_are_refused() {
    let counting = || Counting(Arc::default());
    for builder in [
        Gm::builder()
            .credentials_for("http://owner.test", counting())
            .credentials_for("http://owner.test/", counting()),
        Gm::builder()
            .bearer_token_for("http://owner.test", "one")
            .credentials_for("http://owner.test", counting()),
        Gm::builder().credentials_for("owner.test", counting()),
        Gm::builder().credential_time_limit(Duration::ZERO),
    ] {
        let error = builder.build().await.unwrap_err();
        assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    }
}

/// The only test of the process that records everything.
#[tokio::test]
async fn no_token_is_logged_or_shown() {
    log::keep_from(log::Level::TRACE);
    let server = accepting("Bearer s3cr3t-2");
    let given = Arc::new(AtomicUsize::new(0));
    struct Secret(Arc<AtomicUsize>);
    impl CredentialProvider for Secret {
        async fn credential(&self, _: &CredentialRequest) -> Result<Credential, CredentialError> {
            let number = self.0.fetch_add(1, Ordering::SeqCst);
            Ok(Credential::bearer(format!("s3cr3t-{number}")).of("s3cr3t-name"))
        }
    }
    let clock = Arc::new(TestClock::default());
    let builder = server
        .builder()
        .credentials(Secret(given))
        .cache_clock(clock.clone());
    let mut shown = format!("{builder:?}");
    let gm = builder.build().await.unwrap();
    let error = RemoteProject::get(&gm, 1).await.unwrap_err();
    shown.push_str(&format!(
        "{gm:?} {error:?} {error} {:?}",
        Credential::bearer("s3cr3t")
    ));
    clock.advance(Duration::from_secs(10));
    RemoteProject::get(&gm, 1).await.unwrap();
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(!log::lines(&["connecting a manager"]).is_empty());
    assert_eq!(log::lines(&["s3cr3t"]), Vec::<String>::new());
}
