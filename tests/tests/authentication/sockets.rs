//! The end of a subscriber's credential: at its time, and by a revocation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use gm_runtime::access::Principal;
use gm_runtime::server::{Authenticator, Presented, Rejected};
use gm_tests::conformance::Running;
use gm_tests::websocket::{Socket, handshake};

use super::{PRIVATE_EVENTS, serve, subscribe, with};

/// So late that no ping wakes a socket in time.
const PINGS: Duration = Duration::from_secs(3600);

async fn open(service: &Running, token: &str) -> Socket {
    let token = format!("Bearer {token}");
    let request = with(handshake(PRIVATE_EVENTS), &[("Authorization", &token)]);
    let (response, socket) = Socket::open(service.address, &request).await.unwrap();
    assert_eq!(response.status, 101);
    socket
}

/// The close code of a socket, which receives nothing else but pings before it.
async fn closed(socket: &mut Socket) -> Option<u16> {
    let closed = async {
        let code = socket.receive_past_pings().await.unwrap().close_code();
        socket.ended().await.unwrap();
        code
    };
    tokio::time::timeout(Duration::from_secs(60), closed)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_socket_is_closed_with_4408_when_the_credential_ends() {
    let end = SystemTime::now() + Duration::from_secs(2);
    let service = serve(|builder| {
        let later = SystemTime::now() + Duration::from_secs(3600);
        builder
            .subscriber_ping_interval(PINGS)
            .accept_bearer_token("short", Principal::named("ada").until(end))
            .accept_bearer_token("long", Principal::named("grace").until(later))
            .accept_bearer_token("endless", "hopper")
    })
    .await;
    let mut others = [open(&service, "long").await, open(&service, "endless").await];
    let mut socket = open(&service, "short").await;
    assert_eq!(closed(&mut socket).await, Some(4408));
    assert!(SystemTime::now() >= end);
    for other in &mut others {
        assert_eq!(other.pending().await.unwrap(), []);
    }
    // The credential itself is not accepted any more.
    assert_eq!(
        subscribe(&service, &[("Authorization", "Bearer short")]).await,
        (101, Some(4401))
    );
    service.stop().await.unwrap();
}

#[tokio::test]
async fn an_earlier_end_is_noticed_behind_a_later_one() {
    let now = SystemTime::now();
    let service = serve(|builder| {
        let at = |milliseconds| now + Duration::from_millis(milliseconds);
        builder
            .subscriber_ping_interval(PINGS)
            .accept_bearer_token("third", Principal::named("ada").until(at(2500)))
            .accept_bearer_token("second", Principal::named("ada").until(at(2200)))
            .accept_bearer_token("first", Principal::named("ada").until(at(2000)))
    })
    .await;
    let mut sockets = Vec::new();
    for token in ["third", "first", "second"] {
        sockets.push(open(&service, token).await);
    }
    for socket in &mut sockets {
        assert_eq!(closed(socket).await, Some(4408));
    }
    service.stop().await.unwrap();
}

#[tokio::test]
async fn a_revocation_closes_the_sockets_of_that_name_alone() {
    let service = serve(|builder| {
        builder
            .accept_bearer_token("of-ada", "ada")
            .accept_bearer_token("of-grace", "grace")
    })
    .await;
    let mut ada = [open(&service, "of-ada").await, open(&service, "of-ada").await];
    let mut grace = open(&service, "of-grace").await;
    // The socket waits for an event, as most do.
    for socket in &mut ada {
        assert_eq!(socket.pending().await.unwrap(), []);
    }
    service.gm.revoke("ada");
    for socket in &mut ada {
        assert_eq!(closed(socket).await, Some(4408));
    }
    assert_eq!(grace.pending().await.unwrap(), []);
    // A token of the builder is accepted anew.
    drop(open(&service, "of-ada").await);
    service.stop().await.unwrap();
}

/// Accepts every token until it is revoked, and waits before it answers.
struct Sessions {
    revoked: AtomicBool,
    asked: tokio::sync::Notify,
    answer: tokio::sync::Notify,
}

struct Shared(Arc<Sessions>);

impl Authenticator for Shared {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        let Some(token) = presented.bearer_token() else {
            return Ok(None);
        };
        if self.0.revoked.load(Ordering::SeqCst) {
            return Err(Rejected::new("revoked"));
        }
        let principal = Principal::named(token);
        self.0.asked.notify_one();
        self.0.answer.notified().await;
        Ok(Some(principal))
    }

    fn revoke(&self, name: &str) {
        assert_eq!(name, "ada");
        self.0.revoked.store(true, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_subscriber_that_is_revoked_during_its_handshake_is_closed() {
    let sessions = Arc::new(Sessions {
        revoked: AtomicBool::new(false),
        asked: tokio::sync::Notify::new(),
        answer: tokio::sync::Notify::new(),
    });
    let service = serve(|builder| builder.authenticator(Shared(Arc::clone(&sessions)))).await;
    let revoke = async {
        sessions.asked.notified().await;
        service.gm.revoke("ada");
        sessions.answer.notify_one();
    };
    let (mut socket, ()) = tokio::join!(open(&service, "ada"), revoke);
    assert_eq!(closed(&mut socket).await, Some(4408));
    assert_eq!(
        subscribe(&service, &[("Authorization", "Bearer ada")]).await,
        (101, Some(4401))
    );
    service.stop().await.unwrap();
}
