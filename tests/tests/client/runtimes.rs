//! The client in different runtimes, and without one.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use gm_runtime::error::TransportErrorKind;
use gm_runtime::{Error, Gm};

use crate::managers::RemoteProject;
use crate::server::{Answer, Server, rows};

const ONE: &str = r#"[{"id": 1, "name": "Alpha", "status": "active"}]"#;
const PATIENCE: Duration = Duration::from_secs(20);

/// All verbs. Their futures must be `Send`, since the tests spawn them.
async fn verbs(gm: Gm) {
    let project = RemoteProject::get(&gm, 1).await.unwrap();
    assert_eq!(RemoteProject::query().all(&gm).await.unwrap().len(), 1);
    let project = project.update().status("x").exec(&gm).await.unwrap();
    project.delete(&gm).await.unwrap();
}

fn server() -> Server {
    Server::start(|_, _| rows(ONE))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_multi_thread_runtime() {
    let server = server();
    let gm = server.gm().await;
    verbs(gm.clone()).await;
    tokio::spawn(verbs(gm)).await.unwrap();
}

#[tokio::test]
async fn a_current_thread_runtime() {
    let server = server();
    let gm = server.gm().await;
    verbs(gm.clone()).await;
    tokio::spawn(verbs(gm)).await.unwrap();
}

#[test]
fn a_runtime_without_io_and_time() {
    let server = server();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { verbs(server.gm().await).await });
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits without a runtime.
pub(crate) fn block_on(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    while future
        .as_mut()
        .poll(&mut Context::from_waker(&waker))
        .is_pending()
    {
        std::thread::park();
    }
}

#[test]
fn no_runtime_at_all() {
    let server = server();
    block_on(async { verbs(server.gm().await).await });
}

#[test]
fn no_runtime_while_an_actix_system_is_idle() {
    let server = server();
    let resting = actix_web::rt::System::new();
    let gm = resting.block_on(server.gm());
    resting.block_on(async {
        first_request().await;
        verbs(gm.clone()).await;
    });
    block_on(verbs(gm));
    drop(resting);
}

#[test]
fn one_runtime_after_another() {
    let server = server();
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let gm = runtime().block_on(server.gm());
    for _ in 0..3 {
        runtime().block_on(verbs(gm.clone()));
    }
}

#[test]
fn actix_tasks() {
    actix(async {
        let server = server();
        let gm = server.gm().await;
        verbs(gm.clone()).await;
        // A task of actix without a `LocalSet`.
        tokio::spawn(verbs(gm.clone())).await.unwrap();
        actix_web::rt::spawn(verbs(gm)).await.unwrap();
    });
}

#[test]
fn actix_after_actix() {
    let server = server();
    let gm = actix_web::rt::System::new().block_on(server.gm());
    for _ in 0..3 {
        actix_web::rt::System::new().block_on(verbs(gm.clone()));
    }
}

#[test]
fn actix_while_another_actix_system_is_idle() {
    let server = server();
    let resting = actix_web::rt::System::new();
    let gm = resting.block_on(server.gm());
    resting.block_on(verbs(gm.clone()));
    // On the same thread. The idle system runs neither its queue nor its connections meanwhile.
    let done = actix_web::rt::System::new()
        .block_on(async { actix_web::rt::time::timeout(PATIENCE, verbs(gm)).await });
    assert!(done.is_ok(), "the request was left to the runtime that rests");
    drop(resting);
}

#[test]
fn tokio_while_an_actix_system_is_idle() {
    let server = server();
    let resting = actix_web::rt::System::new();
    let gm = resting.block_on(server.gm());
    // The arbiter of the idle system takes its requests.
    resting.block_on(verbs(gm.clone()));
    for runtime in [
        tokio::runtime::Builder::new_current_thread(),
        tokio::runtime::Builder::new_multi_thread(),
    ] {
        let runtime = { runtime }.enable_all().build().unwrap();
        let done = runtime.block_on(async { tokio::time::timeout(PATIENCE, verbs(gm.clone())).await });
        assert!(done.is_ok(), "the request was handed to the runtime that rests");
    }
    resting.block_on(verbs(gm));
}

#[test]
fn an_actix_system_that_was_idle_while_another_ran() {
    let server = server();
    let first = actix_web::rt::System::new();
    let gm = first.block_on(server.gm());
    let second = actix_web::rt::System::new();
    for system in [&first, &second, &first] {
        let done = system.block_on(async { actix_web::rt::time::timeout(PATIENCE, verbs(gm.clone())).await });
        assert!(done.is_ok(), "the request was left to the runtime that rests");
    }
}

#[test]
fn runtimes_share_no_connections() {
    let server = server();
    let first = actix_web::rt::System::new();
    let gm = first.block_on(server.gm());
    let mut get = Box::pin(async { RemoteProject::get(&gm, 1).fresh().await });
    first.block_on(async {
        first_request().await;
        // `first` gets the request, and becomes idle before it sends it.
        std::future::poll_fn(|context| {
            assert!(get.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    });
    // The current system of the thread is the last one, but `first` still sends the request.
    let second = actix_web::rt::System::new();
    first.block_on(get).unwrap();
    second.block_on(async {
        first_request().await;
        let done = actix_web::rt::time::timeout(PATIENCE, verbs(gm.clone())).await;
        assert!(done.is_ok(), "the connection is of the runtime that rests");
    });
}

#[test]
fn many_threads_at_once() {
    let server = server();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let gm = runtime.block_on(server.gm());
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let gm = gm.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(verbs(gm));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Runs a future like `#[actix_web::main]`, on a thread that sends its own requests.
fn actix(main: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(async {
        first_request().await;
        main.await;
    });
}

/// Sends the first request of an actix thread. The client's thread sends it. Afterwards the actix thread sends its own requests, once
/// its arbiter has run, which may happen after this response.
pub(crate) async fn first_request() {
    let server = server();
    RemoteProject::get(&server.gm().await, 1).await.unwrap();
    let (sender, turn) = tokio::sync::oneshot::channel::<()>();
    actix_web::rt::System::current()
        .arbiter()
        .spawn_fn(move || drop(sender));
    assert!(turn.await.is_err(), "nothing is sent");
}

/// A server that never responds, and reports each request.
fn stalling() -> (Server, mpsc::Receiver<()>) {
    let (sender, asked) = mpsc::channel();
    let server = Server::start(move |_, _| {
        sender.send(()).unwrap();
        Answer::Stall(Vec::new())
    });
    (server, asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_future_ends_its_request() {
    let (server, asked) = stalling();
    let gm = server.gm().await;
    let reading = gm.clone();
    let get = tokio::spawn(async move { RemoteProject::get(&reading, 1).await });
    asked.recv_timeout(PATIENCE).unwrap();
    get.abort();
    server.wait_for_close(PATIENCE);

    let reading = gm.clone();
    let all = tokio::spawn(async move { RemoteProject::query().all(&reading).await });
    asked.recv_timeout(PATIENCE).unwrap();
    all.abort();
    server.wait_for_close(PATIENCE);
}

#[test]
fn dropping_a_future_in_actix_ends_its_request() {
    actix(async {
        let (server, asked) = stalling();
        let gm = server.gm().await;
        let get = actix_web::rt::spawn(async move { RemoteProject::get(&gm, 1).await });
        // This thread sends the request, so the test must not block it.
        tokio::task::spawn_blocking(move || asked.recv_timeout(PATIENCE).unwrap())
            .await
            .unwrap();
        get.abort();
        tokio::task::spawn_blocking(move || server.wait_for_close(PATIENCE))
            .await
            .unwrap();
    });
}

#[tokio::test]
async fn the_thread_and_the_connections_end_with_the_last_handle() {
    let server = server();
    let gm = server.gm().await;
    let other = gm.clone();
    RemoteProject::get(&gm, 1).await.unwrap();
    drop(gm);
    RemoteProject::get(&other, 1).fresh().await.unwrap();
    assert_eq!(server.requests()[1].connection, 0);
    drop(other);
    // Otherwise an idle connection would stay open for 4 s.
    server.wait_for_close(Duration::from_secs(3));
}

#[test]
fn idle_connections_are_closed() {
    actix(async {
        let server = server();
        let gm = server.gm().await;
        RemoteProject::get(&gm, 1).await.unwrap();
        tokio::task::spawn_blocking(move || server.wait_for_close(PATIENCE))
            .await
            .unwrap();
    });
}

#[test]
fn a_runtime_that_ends_before_its_request_is_an_error() {
    let (server, asked) = stalling();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let gm = runtime.block_on(server.builder().retries(0).build()).unwrap();
    let mut get = Box::pin(async { RemoteProject::get(&gm, 1).await });
    let system = actix_web::rt::System::new();
    system.block_on(async {
        first_request().await;
        let asked = tokio::task::spawn_blocking(move || asked.recv_timeout(PATIENCE).unwrap());
        tokio::select! {
            _ = &mut get => panic!("nothing was answered"),
            asked = asked => asked.unwrap(),
        }
    });
    drop(system);
    let Err(Error::Transport(error)) = runtime.block_on(get) else {
        panic!("expected the end of the runtime")
    };
    assert_eq!(error.kind(), TransportErrorKind::Stopped);
    server.wait_for_close(PATIENCE);
}
