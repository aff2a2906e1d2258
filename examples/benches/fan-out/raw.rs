//! A server that only writes the same frame to raw sockets.

use std::io::stdin;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::process::announce;

/// Accepts sockets, and for each line on stdin writes a frame of this many bytes to every socket, until the process is stopped.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        announce(listener.local_addr().expect("its address"));
        let (sender, mut lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in stdin().lines() {
                let length: usize = line.expect("a line").parse().expect("a length");
                sender.send(length).expect("the server runs");
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
