//! The outcome of a transaction whose connection broke at the commit.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::super::connector::Connector;
use super::super::parameter::Parameter;
use super::super::purpose::Purpose;
use super::super::session::Session;
use super::super::statement::Statement;
use futures_util::TryStreamExt as _;

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Committed,
    RolledBack,
    Unknown,
}

/// When the server was last restarted after a crash. It reassigns the ids of transactions that were lost in the crash, so an
/// id means nothing afterwards.
///
/// It loses its statistics in a crash, and then says when. An orderly restart keeps them. A statistics view that every role may
/// read has that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Epoch(Option<String>);

const EPOCH: &str = "SELECT stats_reset::text FROM pg_catalog.pg_stat_bgwriter";

/// Asks what became of a transaction, whose id is the parameter. The cast to text comes last, since the id's own type is unknown to
/// older servers' drivers.
const STATUS: &str =
    "SELECT pg_catalog.pg_xact_status($1::xid8), (SELECT stats_reset::text FROM pg_catalog.pg_stat_bgwriter)";

/// The waits between two questions.
const FIRST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_millis(250);

impl Epoch {
    /// The epoch of the server of this session.
    pub(super) async fn of(session: &Session) -> Result<Self, tokio_postgres::Error> {
        let row = first_row(session, &Statement::new(EPOCH)).await?;
        Ok(Self(row.and_then(|row| row.try_get(0).ok())))
    }
}

/// What became of this transaction, whose session had this process of the server. Asks on new connections until the deadline.
pub(super) async fn outcome_of(
    connector: &Connector,
    transaction: &str,
    epoch: &Epoch,
    process: i32,
    deadline: Instant,
) -> Outcome {
    let mut wait = FIRST_WAIT;
    loop {
        let asked = timeout_at(deadline, ask(connector, transaction, epoch, process)).await;
        match asked {
            Ok(Some(outcome)) => return outcome,
            Ok(None) if Instant::now() + wait < deadline => sleep(wait).await,
            Ok(None) | Err(_) => return Outcome::Unknown,
        }
        wait = wait.saturating_mul(2).min(LONGEST_WAIT);
    }
}

/// `None` if it is not known yet.
async fn ask(connector: &Connector, transaction: &str, epoch: &Epoch, process: i32) -> Option<Outcome> {
    let (session, driver) = connector.open(Purpose::Writes).await.ok()?;
    let question = async {
        let status = Statement {
            text: STATUS.into(),
            parameters: vec![Parameter::text(transaction)],
        };
        let answer = first_row(&session, &status).await;
        if let Ok(Some(row)) = &answer
            && let Ok(Some("in progress")) = row.try_get::<_, Option<&str>>(0)
            // Another server, after a failover, has another process with this number.
            && row.try_get(1).is_ok_and(|now| Epoch(now) == *epoch)
            && !session.is_pooled()
        {
            end_process(&session, transaction, process).await;
        }
        answer
    };
    let answer = tokio::select! {
        answer = question => answer,
        () = driver => return None,
    };
    let row = match answer {
        Ok(row) => row?,
        // The server never assigned this id: it was lost in a crash.
        Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::INVALID_PARAMETER_VALUE) => {
            return Some(Outcome::RolledBack);
        }
        Err(_) => return None,
    };
    let status: Option<&str> = row.try_get(0).ok()?;
    let now = Epoch(row.try_get(1).ok()?);
    match status {
        Some("committed") if now == *epoch => Some(Outcome::Committed),
        Some("aborted") => Some(Outcome::RolledBack),
        Some("in progress") => None,
        // Too old, or the id of another transaction since.
        _ => Some(Outcome::Unknown),
    }
}

/// Ends the process of a transaction. The server has not noticed that the connection broke, and the process holds the locks of the
/// rows.
///
/// A commit that waits for a replica is left to itself. Without its process it would count as committed, and the replica may not have
/// it.
async fn end_process(session: &Session, transaction: &str, process: i32) {
    let end = Statement {
        text: "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
             WHERE pid = $1 AND backend_xid = $2::xid8::xid AND wait_event IS DISTINCT FROM 'SyncRep'"
            .into(),
        parameters: vec![Parameter::integer(process.into()), Parameter::text(transaction)],
    };
    let _ = first_row(session, &end).await;
}

async fn first_row(
    session: &Session,
    statement: &Statement,
) -> Result<Option<tokio_postgres::Row>, tokio_postgres::Error> {
    let mut rows = std::pin::pin!(session.query_unnamed(statement).await?);
    let mut first = None;
    while let Some(row) = rows.try_next().await? {
        first.get_or_insert(row);
    }
    Ok(first)
}
