//! The check that the change feed and the pooler are connected to the same database.

use std::pin::pin;

use tokio::time::{Instant, sleep_until, timeout};

use super::connection::{CHECK_TIME, Connection, Lost, SILENT, THROUGH_POOLER, lost};
use crate::error::Error;
use crate::interface::postgres::connector::Connector;
use crate::interface::postgres::purpose::Purpose;

const OTHER_DATABASE: &str = "`database_listen_url` leads to another database than `database`, so no change would be received: write the \
     URL of the server behind the pooler, with the same name of the database";

/// Sends a notification through the pooler, which the feed must receive. Otherwise it would never receive an event, and its
/// own heartbeats would not show that.
///
/// Later a pooler that is away is no reason to be without the feed.
pub(super) async fn check_listen_url(
    feed: &mut Connection,
    connector: &Connector,
    is_first: bool,
) -> Result<(), Lost> {
    let statement = format!("NOTIFY {}, '{THROUGH_POOLER}'", feed.own_channel);
    let mut sending = pin!(timeout(CHECK_TIME, send(connector, &statement)));
    let (mut is_sent, mut end) = (false, Instant::now() + CHECK_TIME * 2);
    while !feed.received_through_pooler {
        feed.send_heartbeat(Instant::now());
        tokio::select! {
            biased;
            reply = feed.step() => drop(reply?),
            sent = &mut sending, if !is_sent => match sent.unwrap_or(Err(Lost(SILENT))) {
                Ok(()) => {
                    is_sent = true;
                    end = Instant::now() + CHECK_TIME;
                }
                Err(error) if is_first => return Err(error),
                Err(_) => return Ok(()),
            },
            () = sleep_until(end) => return Err(Lost(Error::Configuration(OTHER_DATABASE.to_owned()))),
        }
    }
    Ok(())
}

async fn send(connector: &Connector, statement: &str) -> Result<(), Lost> {
    let (session, driver) = connector.open(Purpose::ListReads).await.map_err(Lost)?;
    // It ends with the session.
    tokio::spawn(driver);
    session.batch(statement).await.map_err(|error| lost(&error))
}
