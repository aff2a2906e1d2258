//! An HTTP server whose bytes the test chooses. It records its requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gm_runtime::{Gm, GmBuilder};

/// A recorded request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A response.
pub(crate) enum Answer {
    /// These bytes. The connection stays open.
    Bytes(Vec<u8>),
    /// These bytes, each part in its own write. The connection stays open.
    Parts(Vec<Vec<u8>>),
    /// These bytes, and the end of the connection.
    Last(Vec<u8>),
    /// These bytes, and then nothing until the client closes the connection.
    Stall(Vec<u8>),
}

/// A response with JSON.
pub(crate) fn json(status: u16, body: &str) -> Answer {
    with_headers(status, "content-type: application/json\r\n", body)
}

/// A response with headers, each with a CRLF at its end.
pub(crate) fn with_headers(status: u16, headers: &str, body: &str) -> Answer {
    Answer::Bytes(
        format!(
            "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

/// An envelope of rows.
pub(crate) fn rows(items: &str) -> Answer {
    json(
        200,
        &format!(r#"{{"items": {items}, "metadata": {{"protocol_version": "v1"}}}}"#),
    )
}

type Handler = dyn Fn(&Request, usize) -> Answer + Send + Sync;

pub(crate) struct Server {
    scheme: &'static str,
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    closed: Receiver<()>,
}

impl Server {
    /// Responds to each request with the result of `handler` for the request and its number, from 0.
    pub(crate) fn start(handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_over("http", "127.0.0.1:0", Ok, handler)
    }

    /// Starts the server at this address.
    pub(crate) fn start_at(
        address: &str,
        handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_over("http", address, Ok, handler)
    }

    /// Starts the server, with each connection wrapped by `wrap`.
    pub(crate) fn start_over<S: Read + Write>(
        scheme: &'static str,
        address: &str,
        wrap: impl Fn(TcpStream) -> std::io::Result<S> + Send + Sync + 'static,
        handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (sender, closed) = channel();
        let (shared, kept) = (Arc::new((wrap, handler)), Arc::clone(&requests));
        std::thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (shared, kept, sender) = (Arc::clone(&shared), Arc::clone(&kept), sender.clone());
                std::thread::spawn(move || {
                    let (wrap, handler) = &*shared;
                    let stream = stream.unwrap();
                    stream.set_nodelay(true).unwrap();
                    serve(wrap(stream).unwrap(), connection, handler, &kept);
                    let _ = sender.send(());
                });
            }
        });
        Self {
            scheme,
            address,
            requests,
            closed,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// A builder that maps `http://owner.test`, the service of all managers here, to this server.
    pub(crate) fn builder(&self) -> GmBuilder {
        // Each request is scripted or counted. The test `idempotency` is about the keys of writes.
        Gm::builder()
            .base_url("http://owner.test", self.url())
            .idempotent_writes(false)
    }

    pub(crate) async fn gm(&self) -> Gm {
        self.builder().build().await.unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until the client closes a connection.
    pub(crate) fn wait_for_close(&self, patience: Duration) {
        self.closed.recv_timeout(patience).unwrap();
    }
}

fn serve(stream: impl Read + Write, connection: usize, handler: &Handler, kept: &Mutex<Vec<Request>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream, connection) {
        let earlier = {
            let mut kept = kept.lock().unwrap();
            kept.push(request.clone());
            kept.len() - 1
        };
        let answer = handler(&request, earlier);
        let parts = match &answer {
            Answer::Bytes(bytes) | Answer::Last(bytes) | Answer::Stall(bytes) => std::slice::from_ref(bytes),
            Answer::Parts(parts) => parts,
        };
        for part in parts {
            let stream = stream.get_mut();
            if stream.write_all(part).is_err() || stream.flush().is_err() {
                return;
            }
        }
        if matches!(answer, Answer::Last(_)) {
            return;
        }
        if matches!(answer, Answer::Stall(_)) {
            let _ = stream.read_to_end(&mut Vec::new());
            return;
        }
    }
}

fn read_request(reader: &mut impl BufRead, connection: usize) -> Option<Request> {
    let first = read_line(reader)?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        headers,
        body: String::from_utf8(body).unwrap(),
        connection,
    })
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    Some(line.trim_end().to_owned())
}
