//! Shared requests, and requests whose runtime does not run. No caller waits forever.

use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Waker};
use std::time::Duration;

use gm_runtime::client::{HttpRequest, HttpResponse, Timeouts, Transport, TransportFuture};
use gm_runtime::error::{Phase, TransportError, TransportErrorKind as Kind};
use gm_runtime::field::{FieldType, Value, ValueError, ValueType};
use gm_runtime::{Error, GeneralManager, Gm};

use crate::managers::RemoteProject;
use crate::runtimes::{block_on, first_request};
use crate::server::{Answer, Request, Server, json, rows};

const PATIENCE: Duration = Duration::from_secs(20);
const ONE: &str = r#"[{"id": 1, "name": "a", "status": "b"}]"#;

/// Runs the function on a thread, and returns what it sends before a timeout.
fn within<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, done) = channel();
    std::thread::spawn(move || sender.send(run()));
    done.recv_timeout(PATIENCE).expect("it waits for ever")
}

fn poll_once<F: Future>(future: &mut Pin<Box<F>>) {
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
}

fn kind(error: &Error) -> Kind {
    match error {
        Error::Transport(error) => error.kind(),
        other => panic!("{other:?}"),
    }
}

/// A server that reports each request, and responds after `release`.
fn held() -> (Server, Receiver<()>, std::sync::mpsc::Sender<()>) {
    let (sender, asked) = channel();
    let (release, released) = channel::<()>();
    let released = std::sync::Mutex::new(released);
    let server = Server::start(move |_: &Request, _| {
        let _ = sender.send(());
        let _ = released.lock().unwrap().recv_timeout(PATIENCE);
        rows(ONE)
    });
    (server, asked, release)
}

/// A field type that panics on a value.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Touchy(i64);

impl FieldType for Touchy {
    const VALUE_TYPE: ValueType = i64::VALUE_TYPE;

    fn into_value(self) -> Value {
        self.0.into_value()
    }

    fn to_value(&self) -> Value {
        self.into_value()
    }

    fn from_value(value: Value) -> Result<Self, ValueError> {
        let number = i64::from_value(value)?;
        assert!(number != 13, "thirteen");
        Ok(Self(number))
    }
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", resource = "touchies")]
struct RemoteTouchy {
    #[field(id)]
    id: i64,
    number: Touchy,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_in_a_shared_read_is_an_error_for_each_caller() {
    let (release, released) = channel::<()>();
    let released = std::sync::Mutex::new(released);
    let server = Server::start(move |request, _| {
        let _ = released.lock().unwrap().recv_timeout(PATIENCE);
        let row = r#"{"id": 1, "number": 13}"#;
        assert!(request.method == "GET" || request.method == "POST");
        json(200, &format!(r#"{{"items": [{row}], "metadata": {{}}}}"#))
    });
    let gm = server
        .builder()
        .cache_time_to_live(PATIENCE)
        .build()
        .await
        .unwrap();
    let row = |_| {
        let gm = gm.clone();
        tokio::spawn(async move { RemoteTouchy::get(&gm, 1).await.map(drop) })
    };
    let list = |_| {
        let gm = gm.clone();
        tokio::spawn(async move {
            RemoteTouchy::query()
                .page(1)
                .page_size(9)
                .all(&gm)
                .await
                .map(drop)
        })
    };
    let readers: Vec<_> = (0..8).map(row).chain((0..8).map(list)).collect();
    drop(release);
    for reader in readers {
        let read = tokio::time::timeout(PATIENCE, reader)
            .await
            .expect("it waits for ever");
        let error = read.expect("no panic of the reader's own").unwrap_err();
        assert!(error.to_string().contains("panicked"), "{error}");
    }
}

fn impatient(server: &Server) -> Gm {
    let builder = server.builder().cache_time_to_live(PATIENCE).retries(0);
    let timeouts = Timeouts::new().request(Duration::from_millis(300));
    futures_util::future::FutureExt::now_or_never(builder.timeouts(timeouts).build())
        .unwrap()
        .unwrap()
}

/// The first caller is on an actix runtime that stops running. The second caller is on another thread.
#[test]
fn a_shared_read_in_an_idle_runtime_times_out() {
    let (server, asked, _release) = held();
    let gm = impatient(&server);
    let error = within(move || {
        let resting = actix_web::rt::System::new();
        resting.block_on(first_request());
        let mut begun = Box::pin(RemoteProject::get(&gm, 1).into_future());
        resting.block_on(async {
            poll_once(&mut begun);
            // The request is sent.
            while asked.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
        });
        let (sender, joined) = channel();
        let other = gm.clone();
        std::thread::spawn(move || {
            block_on(async { sender.send(RemoteProject::get(&other, 1).await).unwrap() });
        });
        let read = joined.recv_timeout(PATIENCE).expect("it waits for ever");
        drop(begun);
        read.unwrap_err()
    });
    assert_eq!(kind(&error), Kind::Timeout(Phase::Response), "{error}");
}

/// The runtime of the first caller ends, and the request is retried for the others.
#[test]
fn a_shared_read_is_retried_when_its_runtime_ends() {
    let (sender, asked) = channel();
    let server = Server::start(move |_, earlier| {
        sender.send(()).unwrap();
        if earlier == 0 {
            Answer::Stall(Vec::new())
        } else {
            rows(ONE)
        }
    });
    let builder = server.builder().cache_time_to_live(PATIENCE);
    let gm = futures_util::future::FutureExt::now_or_never(builder.build())
        .unwrap()
        .unwrap();
    let system = actix_web::rt::System::new();
    system.block_on(first_request());
    let mut begun = Box::pin(RemoteProject::get(&gm, 1).into_future());
    system.block_on(async {
        poll_once(&mut begun);
        while asked.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
    });
    let (sender, joined) = channel();
    let other = gm.clone();
    std::thread::spawn(move || {
        block_on(async { sender.send(RemoteProject::get(&other, 1).await).unwrap() });
    });
    while gm.cache_stats::<RemoteProject>().unwrap().unwrap().joins == 0 {
        std::thread::yield_now();
    }
    drop(system);
    let read = joined.recv_timeout(PATIENCE).expect("it waits for ever");
    assert_eq!(read.unwrap().id, 1);
}

/// A `block_on` in a task blocks the runtime that should send its request.
#[test]
fn a_read_in_a_runtime_that_it_blocks_times_out() {
    let (server, _asked, _release) = held();
    let gm = impatient(&server);
    let errors = within(move || {
        actix_web::rt::System::new().block_on(async move {
            first_request().await;
            let mut errors = Vec::new();
            block_on(async { errors.push(RemoteProject::get(&gm, 1).await.unwrap_err()) });
            block_on(async { errors.push(RemoteProject::by_id(1).delete(&gm).await.unwrap_err()) });
            errors
        })
    });
    for error in errors {
        assert_eq!(kind(&error), Kind::Timeout(Phase::Response), "{error}");
        assert!(error.to_string().contains("block_on"), "{error}");
    }
}

/// On tokio a thread of the handle sends the request, which the block does not affect.
#[test]
fn a_write_in_a_runtime_that_it_blocks_is_carried_out() {
    within(|| {
        let server = Server::start(|_, _| rows(ONE));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let gm = server.gm().await;
            block_on(async { RemoteProject::by_id(1).delete(&gm).await.unwrap() });
        });
    });
}

/// A custom transport without timeouts.
struct Silent;

impl Transport for Silent {
    fn send(&self, _: HttpRequest) -> TransportFuture<Result<HttpResponse, TransportError>> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn a_custom_transport_has_the_timeout_of_a_request() {
    let error = within(|| {
        let timeouts = Timeouts::new().request(Duration::from_millis(100));
        let builder = Gm::builder().transport(Silent).timeouts(timeouts);
        let gm = futures_util::future::FutureExt::now_or_never(builder.build())
            .unwrap()
            .unwrap();
        let (sender, read) = channel();
        block_on(async { sender.send(RemoteProject::get(&gm, 1).await).unwrap() });
        read.recv().unwrap().unwrap_err()
    });
    assert_eq!(kind(&error), Kind::Timeout(Phase::Response), "{error}");
}

#[tokio::test]
async fn a_write_continues_when_its_caller_is_cancelled() {
    let (server, asked, release) = held();
    let gm = server
        .builder()
        .cache_time_to_live(PATIENCE)
        .build()
        .await
        .unwrap();
    let mut write = Box::pin(RemoteProject::by_id(1).delete(&gm).into_future());
    poll_once(&mut write);
    tokio::task::spawn_blocking(move || asked.recv_timeout(PATIENCE).unwrap())
        .await
        .unwrap();
    drop(write);
    release.send(()).unwrap();
    drop(release);
    // The response is read, so the connection is free for the next request.
    loop {
        RemoteProject::get(&gm, 1).fresh().await.unwrap();
        if server.requests().last().unwrap().connection == 0 {
            return;
        }
    }
}

/// A fork has no threads of its parent.
#[cfg(target_os = "linux")]
#[test]
fn a_handle_in_a_fork_is_an_error() {
    use std::io::{Read, Write};
    let server = Server::start(|_, _| rows(ONE));
    let gm = impatient(&server);
    let reading = gm.clone();
    block_on(async move { drop(RemoteProject::get(&reading, 1).fresh().await.unwrap()) });
    let (mut here, mut there) = std::os::unix::net::UnixStream::pair().unwrap();
    let process = match fork::fork().unwrap() {
        fork::Fork::Child => {
            let mut said = String::new();
            block_on(async {
                let read = RemoteProject::get(&gm, 1).fresh().await;
                said = read.map_or_else(|error| error.to_string(), |_| "read".to_owned());
            });
            there.write_all(said.as_bytes()).unwrap();
            std::process::exit(0);
        }
        fork::Fork::Parent(process) => process,
    };
    drop(there);
    here.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut said = String::new();
    let read = here.read_to_string(&mut said);
    let process = rustix::process::Pid::from_raw(process).unwrap();
    let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
    rustix::process::waitpid(Some(process), rustix::process::WaitOptions::empty()).unwrap();
    read.expect("it waits for ever");
    assert!(said.contains("fork"), "{said}");
}

/// A request without a connection slot is not sent yet, so others can join it.
#[tokio::test]
async fn callers_that_wait_for_a_connection_slot_share_a_request() {
    let (server, asked, release) = held();
    let gm = server.builder().max_connections(1).build().await.unwrap();
    let (first, others) = tokio::join!(RemoteProject::get(&gm, 1), async {
        let asked = tokio::task::spawn_blocking(move || asked.recv_timeout(PATIENCE).map(|()| asked));
        let _asked = asked.await.unwrap().unwrap();
        let mut others: Vec<_> = (0..40)
            .map(|_| Box::pin(RemoteProject::get(&gm, 2).into_future()))
            .collect();
        for other in &mut others {
            poll_once(other);
        }
        drop(release);
        futures_util::future::join_all(others).await
    });
    first.unwrap();
    // The response has row 1, but row 2 was requested.
    assert!(others.iter().all(|other| matches!(other, Err(Error::Decode(_)))));
    assert_eq!(server.requests().len(), 2);
}

/// Each owner has its own connections.
#[tokio::test]
async fn an_owner_that_hangs_does_not_delay_others() {
    #[derive(Clone, Debug, PartialEq, GeneralManager)]
    #[remote_manager(base_url = "http://other.test", resource = "projects")]
    struct OtherProject {
        #[field(id)]
        id: i64,
    }
    let hanging = Server::start(|_, _| Answer::Stall(Vec::new()));
    let other = Server::start(|_, _| rows(r#"[{"id": 1}]"#));
    let gm = hanging
        .builder()
        .base_url("http://other.test", other.url())
        .max_connections(1)
        .build()
        .await
        .unwrap();
    let mut hangs = Box::pin(RemoteProject::get(&gm, 1).into_future());
    poll_once(&mut hangs);
    for _ in 0..3 {
        OtherProject::get(&gm, 1).fresh().await.unwrap();
    }
    poll_once(&mut hangs);
}
