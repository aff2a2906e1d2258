//! Events of all processes, which the listening connection receives in the order of their commits.

use std::future::poll_fn;
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, interval};
use tokio_postgres::{AsyncMessage, NoTls, Notification};
use uuid::Uuid;

use super::connection::Driver;

/// The time between two heartbeats.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(2);

/// A committed change.
#[derive(Clone, Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "i")]
    pub(crate) _id: String,
    #[serde(rename = "t")]
    pub(crate) _table: String,
    #[serde(rename = "a")]
    pub(crate) _action: String,
    #[serde(rename = "k")]
    pub(crate) _key: serde_json::Map<String, serde_json::Value>,
}

/// Receives events, and sends a heartbeat to itself through the database. The connection is alive while heartbeats come back.
pub(crate) async fn run(
    url: &str,
    heartbeat: Duration,
    events: &broadcast::Sender<Event>,
    alive: &watch::Sender<bool>,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut driver) = tokio_postgres::connect(url, NoTls).await?;
    let own = format!("gm_{}", Uuid::new_v4().simple());
    let listen = format!("LISTEN gm; LISTEN {own}; NOTIFY {own}");
    let mut last = Instant::now();
    let mut beats = interval(heartbeat);
    let beat = format!("NOTIFY {own}");
    // The statement under way is driven by the loop below.
    let mut statement = Box::pin(client.batch_execute(&listen));
    let mut is_done = false;
    loop {
        tokio::select! {
            result = &mut statement, if !is_done => {
                result?;
                is_done = true;
            }
            notification = next(&mut driver) => {
                let Some(notification) = notification? else { return Ok(()) };
                if notification.channel() == own {
                    last = Instant::now();
                    alive.send_if_modified(|alive| !std::mem::replace(alive, true));
                } else if let Some(payload) = notification.payload().strip_prefix("gm1 ") {
                    let event = serde_json::from_str(payload).expect("an event");
                    // There may be no subscriber.
                    let _ = events.send(event);
                }
            }
            _ = beats.tick() => {
                if last.elapsed() > heartbeat * 2 {
                    alive.send_replace(false);
                }
                if is_done {
                    statement.set(client.batch_execute(&beat));
                    is_done = false;
                }
            }
        }
    }
}

/// The next notification. The driver also sends and receives the statements of its client.
async fn next(driver: &mut Driver) -> Result<Option<Notification>, tokio_postgres::Error> {
    loop {
        match poll_fn(|context| driver.poll_message(context))
            .await
            .transpose()?
        {
            Some(AsyncMessage::Notification(notification)) => return Ok(Some(notification)),
            Some(_) => {}
            None => return Ok(None),
        }
    }
}
