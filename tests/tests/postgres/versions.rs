//! Servers of other versions. `GM_POSTGRES_PROGRAMS` of `scripts/postgres` runs all tests beside one.

use gm_runtime::{Error, Gm};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A message of the server: its kind, its length and its body.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind], &length[..], body].concat()
}

/// The answer to a simple query: one row of texts.
fn row(columns: &[&str]) -> Vec<u8> {
    const TEXT: i32 = 25;
    let count = i16::try_from(columns.len()).unwrap().to_be_bytes();
    let mut description = count.to_vec();
    let mut data = count.to_vec();
    for column in columns {
        description.extend(b"column\0");
        description.extend([0; 6]);
        description.extend(TEXT.to_be_bytes());
        description.extend([0; 8]);
        data.extend(i32::try_from(column.len()).unwrap().to_be_bytes());
        data.extend(column.as_bytes());
    }
    [
        message(b'T', &description),
        message(b'D', &data),
        message(b'C', b"SELECT 1\0"),
        message(b'Z', b"I"),
    ]
    .concat()
}

/// Reads a message without its kind, such as the first one of a connection.
async fn read_body(stream: &mut TcpStream) -> Vec<u8> {
    let length = stream.read_u32().await.unwrap();
    let mut body = vec![0; usize::try_from(length).unwrap() - 4];
    stream.read_exact(&mut body).await.unwrap();
    body
}

/// Speaks the protocol of a server of this version, up to the answer to the first query, with which a session begins.
async fn serve(mut stream: TcpStream, version: &str, number: &str) {
    const TLS_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();
    while read_body(&mut stream).await.get(..4) == Some(&TLS_REQUEST[..]) {
        stream.write_all(b"N").await.unwrap();
    }
    let greeting = [
        message(b'R', &[0; 4]),
        message(b'S', format!("server_version\0{version}\0").as_bytes()),
        message(b'K', &[0, 0, 0, 7, 0, 0, 0, 7]),
        message(b'Z', b"I"),
    ];
    stream.write_all(&greeting.concat()).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'Q');
    read_body(&mut stream).await;
    stream
        .write_all(&row(&["7", number, "UTF8", "f", "off"]))
        .await
        .unwrap();
    // Until the client closes the connection.
    while stream.read_u8().await.is_ok() {}
}

/// The message of the error with which a handle is not built on a server of this version.
async fn refused(version: &'static str, number: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, version, number));
        }
    });
    let built = Gm::builder()
        .database(format!("postgres://me:secret@{address}/db"))
        .build()
        .await;
    server.abort();
    match built {
        Err(Error::Configuration(message)) => {
            assert!(message.contains(&address.to_string()), "{message}");
            message.to_string()
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the handle is built"),
    }
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_with_its_version() {
    for (version, number, shown) in [
        ("12.22 (Debian 12.22-1)", "120022", "it is PostgreSQL 12.22,"),
        ("9.6.24", "90624", "it is PostgreSQL 9.6.24,"),
        (
            "something",
            "",
            "it does not say which version of PostgreSQL it is,",
        ),
    ] {
        let message = refused(version, number).await;
        assert!(message.contains(shown), "{message}");
        assert!(message.contains("13 or later is needed"), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}
