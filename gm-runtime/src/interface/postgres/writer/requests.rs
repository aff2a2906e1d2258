//! The requests of a transaction.

use std::time::Duration;

use futures_util::TryStreamExt as _;

use super::super::statement::Statement;
use super::failure::Failure;
use super::pipeline::{Reply, Request, RequestError, send_all};
use super::transaction::{End, Isolation, Transaction};
use crate::interface::sql::SqlDialect;

impl Transaction<'_> {
    /// Begins the transaction, with its settings.
    pub(super) fn begin(&self, isolation: Isolation) -> String {
        let level = match isolation {
            Isolation::Statement => "READ COMMITTED",
            Isolation::Transaction => "REPEATABLE READ",
            Isolation::Serializable => "SERIALIZABLE",
        };
        let mut text = format!(
            "BEGIN ISOLATION LEVEL {level};SET LOCAL lock_timeout={}",
            milliseconds(self.attempt.lock_timeout)
        );
        if self.session.is_pooled() {
            // What `Connector` sets for a session: notifications need every digit of a number.
            text.push_str(&format!(
                ";SET LOCAL statement_timeout={};SET LOCAL extra_float_digits=1",
                milliseconds(self.statement_timeout)
            ));
        }
        text
    }

    /// Lets the commit wait longer for its lock than the statements. A failed transaction refuses this, and so it is also the sign that the
    /// commit commits: the server answers success in either case.
    ///
    /// What is deferred to the commit runs before: it may wait for the lock of a row, which must not take as long.
    pub(super) fn patience(&self) -> String {
        format!(
            "SET CONSTRAINTS ALL IMMEDIATE;SET LOCAL lock_timeout={}",
            milliseconds(self.commit_lock_timeout)
        )
    }

    /// Whether another transaction has locked the table as a whole, so that no write of it can be carried out.
    pub(super) async fn is_locked(&self, table: &str) -> Result<bool, End> {
        let lock = format!(
            "{};LOCK TABLE ONLY {} IN ROW EXCLUSIVE MODE",
            self.begin(Isolation::Statement),
            SqlDialect::Postgres.quote(table)
        );
        let replies = send_all(vec![self.batch(&lock), self.batch("ROLLBACK")], self.reply_limit).await;
        let mut is_locked = false;
        for error in replies.into_iter().filter_map(|reply| reply.error) {
            match Failure::of(error, false) {
                Failure::Broken { .. } => return Err(End::Broken),
                Failure::Locked => is_locked = true,
                // The writes themselves find out what this means for them. The statement needs other rights than they do.
                _ => {}
            }
        }
        Ok(is_locked)
    }

    pub(super) async fn roll_back(&self) {
        let replies = send_all(vec![self.batch("ROLLBACK")], self.reply_limit).await;
        if replies.iter().any(|reply| reply.error.is_some()) {
            // The locks must not outlast the transaction.
            self.session.discard();
        }
    }

    /// Statements without parameters and results.
    pub(super) fn batch<'r>(&'r self, text: &'r str) -> Request<'r> {
        Box::pin(async move {
            Reply {
                rows: Vec::new(),
                error: self.session.batch(text).await.err().map(RequestError::Postgres),
            }
        })
    }

    /// A statement on stored answers, and all of its rows. It is planned each time: the plan of a prepared statement, which is made while
    /// the table is small, would read the whole table when it is large.
    pub(super) fn planned_rows<'r>(&'r self, statement: &'r Statement) -> Request<'r> {
        Box::pin(async move {
            match self.session.rows(statement).await {
                Ok(rows) => Reply { rows, error: None },
                Err(error) => Reply {
                    rows: Vec::new(),
                    error: Some(RequestError::Postgres(error)),
                },
            }
        })
    }

    /// A statement, and all of its rows.
    pub(super) fn rows<'r>(&'r self, statement: &'r Statement) -> Request<'r> {
        Box::pin(async move {
            let mut reply = Reply::default();
            let read = async {
                // A pooler's server would have the statement prepared for the sessions of others, too.
                let prepared = match self.session.is_pooled() {
                    true => None,
                    false => self.prepared.get(statement),
                };
                let stream = match prepared {
                    Some(prepared) => {
                        self.session
                            .query_prepared(&prepared, &statement.parameters)
                            .await?
                    }
                    // Boxed, so that the future of the usual request is small.
                    None => Box::pin(self.session.query_unnamed(statement)).await?,
                };
                let mut rows = std::pin::pin!(stream);
                // To the end, since the server reports a failed commit last.
                while let Some(row) = rows.try_next().await? {
                    reply.rows.push(row);
                }
                Ok(())
            };
            reply.error = read.await.err().map(RequestError::Postgres);
            reply
        })
    }
}

/// As the server's settings have it. 0 would mean no limit.
pub(super) fn milliseconds(time: Duration) -> u128 {
    time.as_millis().clamp(1, i32::MAX.unsigned_abs().into())
}
