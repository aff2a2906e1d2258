//! The commit of an interactive transaction.

use std::collections::BTreeSet;

use tokio::time::Instant;

use super::super::super::error::or_storage;
use super::super::super::notification::{PayloadAction, has_images_of, notify_all, without_row};
use super::super::failure::{Failure, LOCKED, NO_CONNECTION, READ_ONLY};
use super::super::outcome::{Outcome, outcome_of};
use super::super::pipeline::send_all;
use super::super::transaction::COMMIT;
use super::changes::Changes;
use super::running::{Running, Savepoint};
use crate::change::Action;
use crate::error::{Error, TransactionError};

impl Running {
    /// Sends the notifications, and commits.
    ///
    /// # Errors
    /// [`TransactionError::Conflict`] with another transaction, and [`TransactionError::OutcomeUnknown`].
    pub(super) async fn commit(&mut self) -> Result<(), Error> {
        if let Err(failure) = self.run_deferred().await {
            self.roll_back().await;
            return Err(self.error_of_commit(failure));
        }
        let payloads = self.payloads();
        let notify = (!payloads.is_empty()).then(|| notify_all(&payloads));
        let open = self.open.clone();
        let requests = self.requests(&open);
        let patience = requests.patience();
        let mut texts: Vec<&str> = notify.iter().map(String::as_str).collect();
        // A failed transaction refuses this statement, and answers success to the commit.
        texts.push(&patience);
        texts.push(COMMIT);
        let sent = texts.iter().map(|text| requests.batch(text)).collect();
        let replies = send_all(sent, requests.reply_limit).await;
        match replies.into_iter().find_map(|reply| reply.error) {
            None => Ok(()),
            Some(error) => match Failure::of(error, true) {
                Failure::Broken { .. } => self.find_outcome().await,
                failure => Err(self.error_of_commit(failure)),
            },
        }
    }

    /// The notifications, in their order.
    fn payloads(&self) -> Vec<String> {
        let Changes {
            payloads,
            relations,
            many,
        } = &self.changes;
        let mut refreshed: BTreeSet<u32> = relations.keys().copied().collect();
        let mut sent = Vec::new();
        for (_, payload) in payloads.iter() {
            match has_images_of(payload, many) {
                Some(relation) => {
                    refreshed.insert(relation);
                }
                None if payload.is_empty() => {}
                None => sent.push(payload.clone()),
            }
        }
        let refresh = |oid| without_row(oid, PayloadAction::Change(Action::Refresh));
        sent.extend(refreshed.into_iter().map(refresh));
        sent
    }

    /// Runs what triggers and constraints have deferred to the commit, and notes the tables that this changes.
    async fn run_deferred(&mut self) -> Result<(), Failure> {
        let (Some(side_effects), Some(description)) = (self.side_effects.clone(), self.last_written) else {
            return Ok(());
        };
        let open = self.open.clone();
        let requests = self.requests(&open);
        let texts = [side_effects.before(), "SET CONSTRAINTS ALL IMMEDIATE"];
        let sent = texts.iter().map(|text| requests.batch(text)).collect();
        let replies = send_all(sent, requests.reply_limit).await;
        if let Some(error) = replies.into_iter().find_map(|reply| reply.error) {
            return Err(Failure::of(error, false));
        }
        self.note_changed_relations(&side_effects, None, description)
            .await
    }

    /// The error of a commit that failed, so that nothing is written.
    pub(super) fn error_of_commit(&self, failure: Failure) -> Error {
        match failure {
            Failure::Contended => TransactionError::Conflict { attempts: 1 }.into(),
            Failure::Locked => LOCKED,
            Failure::ReadOnly => READ_ONLY,
            Failure::Unavailable(reason) => Error::Unavailable(reason),
            // A constraint that is checked at the commit.
            Failure::Refused(_) => match self.last_written {
                Some(description) => Error::taken(description.name(), None),
                None => NO_CONNECTION,
            },
            Failure::Fault(error) => or_storage(&error, "the commit of a transaction"),
            Failure::Cancelled => Error::Unavailable("the commit was cancelled on the database server"),
            _ => NO_CONNECTION,
        }
    }

    /// Finds out what became of a transaction whose connection broke at the commit.
    async fn find_outcome(&mut self) -> Result<(), Error> {
        self.discard();
        self.verb_savepoint = Savepoint::None;
        let Some(id) = &self.id else {
            // It has written nothing.
            return Err(NO_CONNECTION);
        };
        let deadline = Instant::now() + self.busy_timeout();
        let process = self.open.session.backend_pid();
        match outcome_of(&self.connector, id, &self.open.epoch, process, deadline).await {
            Outcome::Committed => Ok(()),
            Outcome::RolledBack => Err(NO_CONNECTION),
            Outcome::Unknown => Err(TransactionError::OutcomeUnknown.into()),
        }
    }
}
