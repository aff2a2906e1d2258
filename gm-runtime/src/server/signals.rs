//! The signals for a shutdown.

use std::pin::pin;

use futures_util::future::select;

/// Waits for SIGTERM or SIGINT, or for Ctrl-C on systems without signals.
///
/// # Panics
/// Outside of a tokio runtime that drives I/O.
pub async fn shutdown_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                select(pin!(terminate.recv()), pin!(interrupt.recv())).await;
            }
            // Without a handler the signal ends the process.
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!("no handler for signals can be installed: {error}");
                std::future::pending::<()>().await;
            }
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
