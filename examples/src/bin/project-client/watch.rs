//! `watch`: what happens, and what there is then.

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

/// What there is to tell.
enum Told {
    /// To stdout: what happened, and the rows.
    Data(Vec<u8>),
    /// To stderr: how the connection is.
    State(String),
}

/// Events and rows go to stdout, how the connection is to stderr. Ends in peace with SIGTERM and ctrl-c, also while
/// nobody takes what is told.
pub(crate) async fn watch(gm: &Gm, query: &Query<RemoteProject>, json: bool) -> Result<(), Failure> {
    let mut stop = pin!(shutdown_signal());
    let mut state = gm.subscription::<RemoteProject>()?;
    state.mark_changed();
    let mut changes = RemoteProject::changes(gm);
    let mut live = query.watch(gm);
    loop {
        let told = tokio::select! {
            // An event is told before the rows that it changed.
            biased;
            () = &mut stop => break,
            Ok(()) = state.changed() => match words_of(&state.borrow_and_update()) {
                Some(words) => Told::State(words),
                None => continue,
            },
            // A refusal is told by the state.
            Some(Ok(event)) = changes.next() => Told::Data(line_of(event, json)),
            Some(result) = live.next() => match result {
                Ok(rows) => Told::Data(lines_of(&rows, json)),
                Err(Error::Subscription(_)) => continue,
                Err(error) if ends(&error) => return Err(error.into()),
                Err(error) => Told::State(format!("not up to date: {error}")),
            },
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            written = tell(told) => written?,
        }
    }
    gm.close().await;
    // The service is told, where it listens.
    let closed = state.wait_for(|state| *state == SubscriptionState::Closed);
    let _ = timeout(Duration::from_secs(1), closed).await;
    Ok(())
}

/// Whether another reading would be refused as well.
fn ends(error: &Error) -> bool {
    matches!(error, Error::Query(_) | Error::Configuration(_))
        || error.is_permission_denied()
        || error.is_not_found()
        || error.is_invalid()
}

fn words_of(state: &SubscriptionState) -> Option<String> {
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

/// Tells it, on a thread of its own: whoever reads may take nothing for as long as they like, and the program's end
/// waits for a thread as little as they do.
async fn tell(told: Told) -> io::Result<()> {
    let (done, written) = oneshot::channel();
    thread::Builder::new().spawn(move || {
        let result = match told {
            Told::Data(bytes) => output::write(&bytes),
            Told::State(words) => {
                // There may be nobody to tell.
                let _ = writeln!(io::stderr(), "project-client: {}", output::shown(&words));
                Ok(())
            }
        };
        // Nobody waits for it any more where the program was stopped.
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
