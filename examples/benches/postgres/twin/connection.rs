//! Connections, and statements that are sent one behind the other without waiting.

use std::future::{Future, poll_fn};
use std::task::Poll;

use futures_util::future::maybe_done;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Connection, Error, NoTls, Socket};

/// A connection whose driver runs on the current runtime.
pub(super) async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // The driver ends with the client. Its error is that of the requests under way.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(client)
}

pub(super) type Driver = Connection<Socket, NoTlsStream>;

/// Sends the statements of the futures in their order, and waits for all results.
///
/// A future of tokio-postgres sends its statement when it is polled for the first time. The results come in the same order, so each
/// future is polled twice.
pub(super) async fn pipelined<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut sent: Vec<_> = futures
        .into_iter()
        .map(|future| Box::pin(maybe_done(future)))
        .collect();
    poll_fn(|context| {
        for future in &mut sent {
            let _ = future.as_mut().poll(context);
        }
        Poll::Ready(())
    })
    .await;
    let mut results = Vec::with_capacity(sent.len());
    for mut future in sent {
        future.as_mut().await;
        results.push(future.as_mut().take_output().expect("it is done"));
    }
    results
}
