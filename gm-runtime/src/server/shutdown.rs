//! The signals that end a process.

use std::pin::pin;

use futures_util::future::select;

/// Ready when the process is told to end: SIGTERM or SIGINT, or Ctrl-C where there are no signals.
///
/// # Panics
/// Outside a tokio runtime that drives I/O.
pub async fn shutdown_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                select(pin!(terminate.recv()), pin!(interrupt.recv())).await;
            }
            // Without a handler the signal's own effect remains: the process ends.
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!("signals can't be listened to: {error}");
                std::future::pending::<()>().await;
            }
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
