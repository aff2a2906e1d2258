//! The command `watch`.

use std::io::{self, Write as _};
use std::pin::pin;
use std::thread;
use std::time::Duration;

use futures_util::StreamExt as _;
use gm_examples::RemoteProject;
use gm_runtime::change::Event;
use gm_runtime::client::SubscriptionState;
use gm_runtime::server::shutdown_signal;
use gm_runtime::{Error, Gm, Query, Rows};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::failure::Failure;
use crate::output;

/// A piece of output.
enum Output {
    /// Events and rows, for stdout.
    Data(Vec<u8>),
    /// The state of the connection, for stderr.
    State(String),
}

/// Writes events and rows to stdout, and the state of the connection to stderr. SIGTERM and ctrl-c end it with success, even
/// while the reader of the output does not read.
pub(crate) async fn watch(gm: &Gm, query: &Query<RemoteProject>, json: bool) -> Result<(), Failure> {
    let mut stop = pin!(shutdown_signal());
    let mut state = gm.subscription::<RemoteProject>()?;
    state.mark_changed();
    let mut changes = RemoteProject::changes(gm);
    let mut live = query.watch(gm);
    loop {
        let output = tokio::select! {
            // An event comes before the rows that it changed.
            biased;
            () = &mut stop => break,
            Ok(()) = state.changed() => match text_of(&state.borrow_and_update()) {
                Some(text) => Output::State(text),
                None => continue,
            },
            // The state contains a refusal, too.
            Some(Ok(event)) = changes.next() => Output::Data(line_of(event, json)),
            Some(result) = live.next() => match result {
                Ok(rows) => Output::Data(lines_of(&rows, json)),
                Err(Error::Subscription(_)) => continue,
                Err(error) if ends(&error) => return Err(error.into()),
                Err(error) => Output::State(format!("not up to date: {error}")),
            },
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            written = write(output) => written?,
        }
    }
    gm.close().await;
    // Waits for the close frame to reach the service.
    let closed = state.wait_for(|state| *state == SubscriptionState::Closed);
    let _ = timeout(Duration::from_secs(1), closed).await;
    Ok(())
}

/// Whether another read would be refused, too.
fn ends(error: &Error) -> bool {
    matches!(error, Error::Query(_) | Error::Configuration(_))
        || error.is_permission_denied()
        || error.is_not_found()
        || error.is_invalid()
}

fn text_of(state: &SubscriptionState) -> Option<String> {
    match state {
        SubscriptionState::Live { guaranteed: true } => Some("live".to_owned()),
        SubscriptionState::Live { guaranteed: false } => {
            Some("live; the service may leave out events".to_owned())
        }
        SubscriptionState::Connecting => Some("connecting".to_owned()),
        SubscriptionState::Waiting { reason } => Some(format!("not live, and trying again: {reason}")),
        _ => None,
    }
}

/// Writes on a thread of its own. The reader of the output may not read for any time, and the end of the program does not wait
/// for the thread.
async fn write(output: Output) -> io::Result<()> {
    let (done, written) = oneshot::channel();
    thread::Builder::new().spawn(move || {
        let result = match output {
            Output::Data(bytes) => output::write(&bytes),
            Output::State(text) => {
                // Stderr may be closed.
                let _ = writeln!(io::stderr(), "project-client: {}", output::shown(&text));
                Ok(())
            }
        };
        // The program may have been stopped meanwhile.
        let _ = done.send(result);
    })?;
    written.await.unwrap_or(Ok(()))
}

fn line_of(event: Event<i64>, json: bool) -> Vec<u8> {
    let action = event.action().name();
    match (json, event.id()) {
        (true, id) => output::line(&json!({"event": action, "id": id})),
        (false, Some(id)) => format!("{action} {id}\n").into_bytes(),
        (false, None) => format!("{action}\n").into_bytes(),
    }
}

fn lines_of(rows: &Rows<RemoteProject>, json: bool) -> Vec<u8> {
    if json {
        output::line(&json!({"rows": output::json(rows)}))
    } else {
        output::table(rows)
    }
}
