//! The same frame, written to sockets that nothing else is done with.

use std::io::stdin;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::process::announce;

/// Accepts, and for each line that is read writes a frame of so many bytes to every socket, until the process is ended.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        announce(listener.local_addr().expect("its address"));
        let (told, mut lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in stdin().lines() {
                let length: usize = line.expect("a line").parse().expect("a length");
                told.send(length).expect("the server runs");
            }
        });
        let mut sockets = Vec::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (socket, _) = accepted.expect("a connection");
                    socket.set_nodelay(true).expect("a TCP socket");
                    sockets.push(socket);
                }
                Some(length) = lines.recv() => {
                    let frame = vec![b'x'; length];
                    for socket in &mut sockets {
                        socket.write_all(&frame).await.expect("a subscriber reads");
                    }
                }
            }
        }
    });
}
