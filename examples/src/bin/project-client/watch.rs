//! `watch`: what happens, and what there is then.

use std::io::{self, Write as _};
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use gm_examples::RemoteProject;
use gm_runtime::change::Event;
use gm_runtime::client::SubscriptionState;
use gm_runtime::server::shutdown_signal;
use gm_runtime::{Error, Gm, Query, Rows};
use serde_json::{Value as Json, json};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::output;

/// Events and rows go to stdout, how the connection is to stderr. Ends in peace with SIGTERM and ctrl-c.
pub(crate) async fn watch(gm: &Gm, query: &Query<RemoteProject>, json: bool) -> Result<(), Failure> {
    let mut stop = pin!(shutdown_signal());
    let mut state = gm.subscription::<RemoteProject>()?;
    state.mark_changed();
    let mut changes = RemoteProject::changes(gm);
    let mut live = query.watch(gm);
    loop {
        tokio::select! {
            // An event is told before the rows that it changed.
            biased;
            () = &mut stop => break,
            Ok(()) = state.changed() => tell(&state.borrow_and_update()),
            // A refusal is told by the state.
            Some(Ok(event)) = changes.next() => output::write(&line_of(event, json))?,
            Some(result) = live.next() => match result {
                Ok(rows) => output::write(&lines_of(&rows, json))?,
                Err(Error::Subscription(_)) => {}
                Err(error) if ends(&error) => return Err(error.into()),
                Err(error) => say(&format!("not up to date: {error}")),
            },
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

fn tell(state: &SubscriptionState) {
    match state {
        SubscriptionState::Live { promised: true } => say("live"),
        SubscriptionState::Live { promised: false } => say("live; the service may leave out events"),
        SubscriptionState::Connecting => say("connecting"),
        SubscriptionState::Waiting { reason } => say(&format!("not live, and trying again: {reason}")),
        _ => {}
    }
}

fn say(what: &str) {
    // There may be nobody to tell.
    let _ = writeln!(io::stderr(), "project-client: {what}");
}

fn line_of(event: Event<i64>, json: bool) -> Vec<u8> {
    let action = event.action().name();
    match (json, event.id()) {
        (true, id) => json_line(&json!({"event": action, "id": id})),
        (false, Some(id)) => format!("{action} {id}\n").into_bytes(),
        (false, None) => format!("{action}\n").into_bytes(),
    }
}

fn lines_of(rows: &Rows<RemoteProject>, json: bool) -> Vec<u8> {
    if json {
        json_line(&json!({"rows": output::json(rows)}))
    } else {
        output::table(rows)
    }
}

fn json_line(json: &Json) -> Vec<u8> {
    format!("{json}\n").into_bytes()
}
