//! A server of key sets, which may misbehave.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How the server answers.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// A body with the status 200.
    Serve(String),
    /// A status without a body.
    Status(u16),
    /// A redirect to this location.
    Redirect(String),
    /// An endless body.
    Endless,
    /// No answer at all.
    Silent,
}

/// A server of key sets on a free port.
pub(crate) struct KeyServer {
    pub(crate) address: SocketAddr,
    behaviour: Arc<Mutex<Behaviour>>,
    requests: Arc<AtomicUsize>,
}

impl KeyServer {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            behaviour: Arc::new(Mutex::new(behaviour)),
            requests: Arc::default(),
        };
        let (behaviour, requests) = (Arc::clone(&server.behaviour), Arc::clone(&server.requests));
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                requests.fetch_add(1, Ordering::SeqCst);
                let behaviour = behaviour.lock().unwrap().clone();
                // A client that ends the connection early is what some tests are about.
                tokio::spawn(async move { drop(answer(connection, behaviour).await) });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    pub(crate) fn set(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn answer(mut connection: TcpStream, behaviour: Behaviour) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await?);
    }
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n";
    match behaviour {
        Behaviour::Serve(body) => {
            let response = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
            connection.write_all(response.as_bytes()).await
        }
        Behaviour::Status(status) => {
            let response = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            connection.write_all(response.as_bytes()).await
        }
        Behaviour::Redirect(location) => {
            let response = format!(
                "HTTP/1.1 302 Found\r\nLocation: {location}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            );
            connection.write_all(response.as_bytes()).await
        }
        Behaviour::Endless => {
            connection.write_all(format!("{head}\r\n").as_bytes()).await?;
            loop {
                connection.write_all(&[b' '; 64 * 1024]).await?;
            }
        }
        Behaviour::Silent => connection.read_u8().await.map(drop),
    }
}
