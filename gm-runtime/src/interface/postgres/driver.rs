//! What drives the connection of a session.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Connection, Notification, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::session::{Preparation, Session};

pub(super) type ServerConnection = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Drives the connection of a session: reads, writes, and prepares statements.
///
/// It is a future, which must be spawned, and which ends with the connection. As a stream it drives the connection, too, and gives
/// the notifications that the session listens to. Nothing is read while no notification is taken.
pub(super) struct Driver {
    connection: ServerConnection,
    session: Weak<Session>,
    preparations: mpsc::UnboundedReceiver<Preparation>,
    preparing: FuturesUnordered<BoxFuture<'static, ()>>,
}

impl Driver {
    pub(super) fn new(
        connection: ServerConnection,
        session: &Arc<Session>,
        preparations: mpsc::UnboundedReceiver<Preparation>,
    ) -> Self {
        Self {
            connection,
            session: Arc::downgrade(session),
            preparations,
            preparing: FuturesUnordered::new(),
        }
    }

    fn poll_preparations(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(preparation)) = self.preparations.poll_recv(cx) {
            // The session lives until its statement is prepared. It is not held here, since the connection ends without it.
            if let Some(session) = self.session.upgrade() {
                self.preparing
                    .push(Box::pin(async move { session.carry_out(preparation).await }));
            }
        }
        while let Poll::Ready(Some(())) = self.preparing.poll_next_unpin(cx) {}
    }

    /// The next notification. `None` once the connection has ended.
    fn poll_notification(&mut self, cx: &mut Context<'_>) -> Poll<Option<Notification>> {
        loop {
            self.poll_preparations(cx);
            match ready!(self.connection.poll_message(cx)) {
                Some(Ok(AsyncMessage::Notification(notification))) => {
                    return Poll::Ready(Some(notification));
                }
                // A notice may hold values of rows.
                Some(Ok(AsyncMessage::Notice(notice))) => {
                    tracing::debug!(code = notice.code().code(), "the database server sent a notice");
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    tracing::debug!("a connection to the database server ended: {error}");
                    return Poll::Ready(None);
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        while ready!(self.poll_notification(cx)).is_some() {}
        Poll::Ready(())
    }
}

impl Stream for Driver {
    type Item = Notification;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Notification>> {
        self.poll_notification(cx)
    }
}
