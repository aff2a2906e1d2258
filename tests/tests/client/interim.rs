//! Interim responses (RFC 9110, 15.2), and bytes that belong to no response. Neither is taken for the owner's response.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use gm_runtime::error::TransportErrorKind as Kind;
use gm_runtime::{Error, Gm};

use crate::managers::{RemoteProject, RemoteProjectCreate};
use crate::server::{Answer, Request, Server};
use crate::tls::{owner_at, trusting};

const PATIENCE: Duration = Duration::from_secs(20);

/// The response with the row of the request's id, or else with row 1.
fn own(request: &Request) -> Vec<u8> {
    let id = request.path.rsplit('/').next().unwrap();
    answer(id.parse().unwrap_or(1))
}

fn answer(id: i64) -> Vec<u8> {
    let body = format!(r#"{{"items": [{{"id": {id}, "name": "a", "status": "b"}}], "metadata": {{}}}}"#);
    format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn chunked(id: i64) -> Vec<u8> {
    let whole = answer(id);
    let body = whole.splitn(4, |byte| *byte == b'\n').last().unwrap();
    let body = std::str::from_utf8(body).unwrap();
    let (one, two) = body.split_at(7);
    format!(
        "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n7\r\n{one}\r\n{:X};x=y\r\n{two}\r\n0\r\nsome: trailer\r\n\r\n",
        two.len()
    )
    .into_bytes()
}

async fn reads(gm: &Gm) {
    for id in 1..=3 {
        assert_eq!(RemoteProject::get(gm, id).fresh().await.unwrap().id, id);
    }
}

async fn creates(gm: &Gm) {
    let values = || RemoteProjectCreate {
        name: "a".into(),
        status: "b".into(),
    };
    assert_eq!(RemoteProject::create(values()).exec(gm).await.unwrap().id, 1);
}

fn kind(error: Error) -> Kind {
    match error {
        Error::Transport(error) => error.kind(),
        other => panic!("{other:?}"),
    }
}

const INTERIM: [&str; 6] = [
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 102 Processing\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    "HTTP/1.1 199\r\n\r\n",
    "HTTP/1.1 103 Bare\nlink: </a>\n\n",
    "\r\nHTTP/1.0 150 Old\r\n\r\n",
];

/// The response behind these interim ones, written in one piece, one by one, and byte by byte.
fn written(before: &[u8], answer: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let all = [before, answer].concat();
    let bytes = all.iter().map(|byte| vec![*byte]).collect();
    let middle = answer.len() / 2;
    vec![
        vec![all.clone()],
        vec![before.to_vec(), answer.to_vec()],
        vec![[before, &answer[..middle]].concat(), answer[middle..].to_vec()],
        bytes,
    ]
}

#[tokio::test]
async fn interim_responses_are_skipped() {
    let mut before: Vec<_> = INTERIM.iter().map(|head| head.as_bytes().to_vec()).collect();
    before.push(INTERIM.concat().into_bytes());
    before.push(INTERIM[0].repeat(50).into_bytes());
    for before in before {
        for way in 0..4 {
            let before = before.clone();
            let server = Server::start(move |request, earlier| {
                let answer = if earlier % 2 == 0 {
                    own(request)
                } else {
                    chunked(own_id(request))
                };
                Answer::Parts(written(&before, &answer).swap_remove(way))
            });
            let gm = server.gm().await;
            creates(&gm).await;
            reads(&gm).await;
            // Each connection was used again.
            assert!(server.requests().iter().all(|request| request.connection == 0));
        }
    }
}

fn own_id(request: &Request) -> i64 {
    request.path.rsplit('/').next().unwrap().parse().unwrap_or(1)
}

#[tokio::test]
async fn interim_responses_are_skipped_over_tls() {
    let (server, certificate) = owner_at("127.0.0.1:0", "127.0.0.1", |request, earlier| {
        let before = INTERIM[earlier % INTERIM.len()].as_bytes();
        Answer::Parts(written(before, &own(request)).swap_remove(earlier % 4))
    });
    let gm = server.builder().tls(trusting(certificate)).build().await.unwrap();
    for _ in 0..4 {
        creates(&gm).await;
        reads(&gm).await;
    }
    assert!(server.requests().iter().all(|request| request.connection == 0));
}

/// The response arrives after a later request was sent, which must not get it.
#[tokio::test]
async fn a_response_long_after_an_interim_one() {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let server = Server::start(move |request, _| {
        if request.method == "POST" {
            return Answer::Parts(vec![INTERIM[2].into(), INTERIM[1].into(), own(request)]);
        }
        if request.path.ends_with("/1") {
            released.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        Answer::Bytes([INTERIM[0].as_bytes(), &own(request)].concat())
    });
    let gm = server.gm().await;
    creates(&gm).await;
    let (one, two) = tokio::join!(RemoteProject::get(&gm, 1), async {
        let two = RemoteProject::get(&gm, 2).await;
        release.send(()).unwrap();
        two
    });
    assert_eq!((one.unwrap().id, two.unwrap().id), (1, 2));
}

#[tokio::test]
async fn endless_interim_responses_are_an_error() {
    let long = format!("HTTP/1.1 103 X\r\nlink: {}\r\n\r\n", "x".repeat(70 * 1024));
    for endless in [INTERIM[1].repeat(1000), long, INTERIM[2].repeat(100_000)] {
        let server = Server::start(move |_, _| Answer::Stall(endless.clone().into()));
        let gm = server.gm().await;
        let error = RemoteProject::by_id(1).delete(&gm).await.unwrap_err();
        assert!(error.to_string().contains("is not known"), "{error}");
        assert_eq!(kind(error), Kind::Malformed);
        server.wait_for_close(PATIENCE);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_interim_response_alone_is_an_error() {
    let server = Server::start(|request, earlier| match earlier {
        0 | 2 => Answer::Last(INTERIM[2].into()),
        _ => Answer::Bytes(own(request)),
    });
    let gm = server.gm().await;
    // A read is retried.
    assert_eq!(RemoteProject::get(&gm, 1).await.unwrap().id, 1);
    let error = RemoteProject::by_id(1).delete(&gm).await.unwrap_err();
    assert!(error.to_string().contains("is not known"), "{error}");
    assert_eq!(kind(error), Kind::Closed);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn an_unrequested_switch_of_protocols_is_an_error() {
    let server = Server::start(|request, _| {
        let switch = b"HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
        Answer::Stall([&switch[..], &own(request)].concat())
    });
    let error = RemoteProject::by_id(1)
        .delete(&server.gm().await)
        .await
        .unwrap_err();
    assert_eq!(kind(error), Kind::Malformed);
    server.wait_for_close(PATIENCE);
}

/// Bytes behind a response must not become the response to the next request.
#[tokio::test]
async fn bytes_behind_a_response_answer_no_request() {
    let empty = b"HTTP/1.1 204 X\r\n\r\n".to_vec();
    let nothing = b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n".to_vec();
    let big = {
        let body = " ".repeat(100_000);
        format!("HTTP/1.1 404 X\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    // With a header for which awc expects no body.
    let upgrade = b"HTTP/1.1 426 X\r\nupgrade: websocket\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    for first in [answer(1), chunked(1), empty, nothing, big, upgrade] {
        for behind in [answer(66), b"H".to_vec(), b"\r\n".to_vec(), INTERIM[0].into()] {
            let (first, behind) = (first.clone(), behind.clone());
            let server = Server::start(move |request, earlier| match earlier {
                0 => Answer::Bytes([&first[..], &behind].concat()),
                _ => Answer::Bytes(own(request)),
            });
            let gm = server.gm().await;
            let _ = RemoteProject::get(&gm, 1).fresh().await;
            assert_eq!(RemoteProject::get(&gm, 2).await.unwrap().id, 2);
            let mut later = server.requests().into_iter().skip(1);
            assert!(later.all(|request| request.connection != 0));
        }
    }
}

/// In HTTP/1.1 a length, chunks or the end of the connection end a body (RFC 9112, 6.3).
#[tokio::test]
async fn a_response_that_ends_with_its_connection() {
    for version in ["1.0", "1.1"] {
        for headers in ["", "connection: close\r\n", "transfer-encoding: identity\r\n"] {
            let head = format!("{}HTTP/{version} 200 X\r\n{headers}\r\n", INTERIM[0]);
            let server = Server::start(move |request, _| {
                let whole = own(request);
                let body = whole.splitn(4, |byte| *byte == b'\n').last().unwrap();
                Answer::Last([head.as_bytes(), body].concat())
            });
            let gm = server.gm().await;
            creates(&gm).await;
            reads(&gm).await;
        }
    }
}

/// Headers for which awc would miss a body, or expect one that is not there (RFC 9112, 6.3 and RFC 9110, 7.8).
#[tokio::test]
async fn a_response_ends_as_its_status_and_framing_say() {
    let insert = |headers: &str, mut answer: Vec<u8>| {
        answer.splice(
            "HTTP/1.1 200 X\r\n".len()..,
            [headers.as_bytes(), &answer[16..]].concat(),
        );
        answer
    };
    let (upgrade, length) = (
        "Upgrade: WebSocket\r\nconnection: upgrade\r\nupgrade: h2c\r\n",
        "content-length: 3\r\n",
    );
    for way in 0..4 {
        for (headers, is_chunked) in [(upgrade, false), (upgrade, true), (length, true)] {
            let server = Server::start(move |request, _| {
                let whole = if is_chunked {
                    chunked(own_id(request))
                } else {
                    own(request)
                };
                Answer::Parts(written(b"", &insert(headers, whole)).swap_remove(way))
            });
            let gm = server.gm().await;
            creates(&gm).await;
            reads(&gm).await;
        }
        for status in [204, 304] {
            for headers in [
                "content-length: 10\r\n",
                "transfer-encoding: chunked\r\n",
                "Content-Length: 1\r\ncontent-length: 2\r\n",
            ] {
                let empty = format!("HTTP/1.1 {status} X\r\n{headers}\r\n").into_bytes();
                let server = Server::start(move |request, earlier| {
                    let whole = if earlier == 0 { empty.clone() } else { own(request) };
                    Answer::Parts(written(b"", &whole).swap_remove(way))
                });
                let gm = server.gm().await;
                match RemoteProject::get(&gm, 1).await.unwrap_err() {
                    Error::Remote(error) => assert_eq!(error.status(), status),
                    Error::Decode(_) => assert_eq!(status, 204),
                    other => panic!("{other:?}"),
                }
                reads(&gm).await;
                assert!(server.requests().iter().all(|request| request.connection == 0));
            }
        }
    }
}

#[tokio::test]
async fn a_truncated_response_is_an_error() {
    for whole in [answer(1), chunked(1)] {
        let head = whole.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        for end in [0, 5, head, head + 1, head + 20, whole.len() - 8, whole.len() - 1] {
            let cut = whole[..end].to_vec();
            let server = Server::start(move |_, _| Answer::Last(cut.clone()));
            let gm = server.gm().await;
            let error = RemoteProject::get(&gm, 1).await.unwrap_err();
            assert_eq!(kind(error), Kind::Closed, "{end}");
            // A proxy or owner that was restarted answers the retry.
            assert_eq!(server.requests().len(), 2);
            let error = RemoteProject::by_id(1).delete(&gm).await.unwrap_err();
            assert!(error.is_outcome_unknown(), "{error}");
            assert_eq!(server.requests().len(), 3);
        }
    }
}

/// An owner may refuse a large request before it has read all of it, and stop reading (RFC 9112, 9.5).
#[tokio::test]
async fn a_refusal_is_read_although_the_request_can_not_be_written() {
    let refusals: [(&[u8], bool); 3] = [
        (b"HTTP/1.1 413 X\r\ncontent-length: 2\r\n\r\n{}", false),
        (b"HTTP/1.1 413 X\r\nconnection: close\r\n\r\n{}", true),
        (b"HTTP/1.0 413 X\r\n\r\n{}", true),
    ];
    let nothing = b"".as_slice();
    let cases = refusals.map(|refusal| (nothing, refusal));
    for (before, (refusal, ends)) in cases.into_iter().chain([(INTERIM[0].as_bytes(), refusals[0])]) {
        let answer = [before, refusal].concat();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                stream.read_exact(&mut [0; 4]).unwrap();
                stream.write_all(&answer).unwrap();
                if ends {
                    stream.shutdown(std::net::Shutdown::Write).unwrap();
                }
                open.push(stream);
            }
        });
        let builder = Gm::builder()
            .base_url("http://owner.test", format!("http://{address}"))
            .idempotent_writes(false);
        let gm = builder.retries(0).build().await.unwrap();
        for _ in 0..if ends { 1 } else { 2 } {
            let values = RemoteProjectCreate {
                name: "a".repeat(16 << 20),
                status: "b".into(),
            };
            let error = RemoteProject::create(values).exec(&gm).await.unwrap_err();
            let Error::Remote(refused) = &error else {
                panic!("{error:?}")
            };
            assert_eq!(refused.status(), 413);
            assert!(!error.is_outcome_unknown(), "{error}");
        }
    }
}
