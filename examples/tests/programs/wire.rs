//! Sends the exchanges of the guide's page "The wire" to a service, as they are printed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use serde_json::Value;

use crate::service::Service;

/// An HTTP message with its first line, headers and body.
#[derive(Debug)]
struct Message {
    start: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Message {
    /// The message at the beginning of the text, and the rest of the text. A body ends at the next status line.
    fn parse(text: &str) -> (Self, &str) {
        let (head, rest) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let mut lines = head.lines();
        let start = lines.next().expect("a first line").to_owned();
        let headers = lines.map(header).collect();
        let end = match rest.starts_with("HTTP/1.1 ") {
            true => 0,
            false => rest.find("\nHTTP/1.1 ").map_or(rest.len(), |at| at + 1),
        };
        let (body, rest) = rest.split_at(end);
        let body = body.trim().to_owned();
        (Self { start, headers, body }, rest)
    }

    fn send(&self, stream: &mut TcpStream, address: SocketAddr) {
        let mut text = format!("{}\r\nHost: {address}\r\n", self.start);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() {
            text += &format!("Content-Length: {}\r\n", self.body.len());
        }
        write!(stream, "{text}\r\n{}", self.body).expect("the service reads");
    }

    /// Reads a response with a `Content-Length`.
    fn receive(stream: &mut BufReader<TcpStream>) -> Self {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).expect("a head");
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let headers: Vec<_> = lines.iter().skip(1).map(|line| header(line)).collect();
        let length = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.map_or(0, |(_, value)| value.parse().expect("a length"));
        let mut body = vec![0; length];
        stream.read_exact(&mut body).expect("a body");
        Self {
            start: lines.first().expect("a status line").clone(),
            headers,
            body: String::from_utf8(body).expect("UTF-8"),
        }
    }

    /// Checks the message against the one on the page.
    fn assert_is(&self, printed: &Self) {
        assert_eq!(self.start, printed.start, "{self:?}");
        for (name, value) in &printed.headers {
            let sent = self
                .headers
                .iter()
                .find(|(sent, _)| sent.eq_ignore_ascii_case(name));
            let (_, sent) = sent.unwrap_or_else(|| panic!("no `{name}` in {self:?}"));
            assert!(
                value == "…" || value == sent,
                "`{name}: {sent}`, the page has `{value}`"
            );
        }
        if printed.body.is_empty() {
            assert_eq!(self.body, "");
        } else {
            assert_json(&self.body, &printed.body);
        }
    }
}

fn header(line: &str) -> (String, String) {
    let (name, value) = line.split_once(": ").expect("a header");
    (name.to_owned(), value.to_owned())
}

fn assert_json(sent: &str, printed: &str) {
    let sent: Value = serde_json::from_str(sent).expect("the service answers JSON");
    let printed: Value = serde_json::from_str(printed).expect("the page holds JSON");
    assert!(
        is_like(&sent, &printed),
        "sent {sent:#}, the page has {printed:#}"
    );
}

/// Whether the values are equal, where `"…"` is equal to any text.
fn is_like(sent: &Value, printed: &Value) -> bool {
    match (sent, printed) {
        (Value::String(_), Value::String(any)) if any == "…" => true,
        (Value::Array(sent), Value::Array(printed)) => {
            sent.len() == printed.len()
                && sent
                    .iter()
                    .zip(printed)
                    .all(|(sent, printed)| is_like(sent, printed))
        }
        (Value::Object(sent), Value::Object(printed)) => {
            sent.len() == printed.len()
                && printed
                    .iter()
                    .all(|(key, printed)| sent.get(key).is_some_and(|sent| is_like(sent, printed)))
        }
        (sent, printed) => sent == printed,
    }
}

/// The text of an unmasked, unfragmented frame of fewer than 65,536 bytes (RFC 6455, 5.2).
fn text_frame(stream: &mut BufReader<TcpStream>) -> String {
    let mut head = [0; 2];
    stream.read_exact(&mut head).expect("a frame");
    assert_eq!(head[0], 0x81, "a whole text frame");
    let mut length = usize::from(head[1]);
    if length == 126 {
        let mut long = [0; 2];
        stream.read_exact(&mut long).expect("its length");
        length = usize::from(u16::from_be_bytes(long));
    }
    let mut text = vec![0; length];
    stream.read_exact(&mut text).expect("its text");
    String::from_utf8(text).expect("UTF-8")
}

fn connect(address: SocketAddr) -> (TcpStream, BufReader<TcpStream>) {
    let stream = TcpStream::connect(address).expect("the service accepts");
    let reader = BufReader::new(stream.try_clone().expect("a second handle"));
    (stream, reader)
}

#[test]
fn every_exchange_of_the_page_about_the_wire_is_as_printed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/wire.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let folder = tempfile::tempdir().expect("a folder");
    let (_service, address) = Service::start(&folder.path().join("projects.db"));

    let mut exchanges = 0;
    let mut subscriber = None;
    for block in page.split("\n```http\n").skip(1) {
        let (block, _) = block.split_once("\n```").expect("the block ends");
        let (request, rest) = Message::parse(block);
        let (printed, rest) = Message::parse(rest);
        assert_eq!(rest, "", "one exchange a block");
        let (mut writer, mut reader) = connect(address);
        request.send(&mut writer, address);
        Message::receive(&mut reader).assert_is(&printed);
        if printed.start.starts_with("HTTP/1.1 101 ") {
            subscriber = Some((writer, reader));
        }
        exchanges += 1;
    }
    assert!(exchanges >= 10, "{exchanges}");

    let (_, mut events) = subscriber.expect("a websocket");
    let update = "PATCH /internal/gm/projects/1 HTTP/1.1\n\n{\"status\": \"done\"}";
    let (mut writer, _reader) = connect(address);
    Message::parse(update).0.send(&mut writer, address);
    let (_, event) = page.split_once("\n```json\n").expect("an event");
    let (event, _) = event.split_once("\n```").expect("the block ends");
    assert_json(&text_frame(&mut events), event);
}
