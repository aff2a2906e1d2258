//! The task of an interactive transaction, which carries out its steps.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::super::connection::Open;
use super::super::ended_answers;
use super::pool::InteractivePool;
use super::running::{Running, VerbEnd};
use super::start::start;
use super::steps::{
    ClaimStep, EarlyEnd, PostgresTransaction, ReadStep, Step, StoreStep, WriteManyStep, WriteStep,
};
use crate::error::{Error, TransactionError};
use crate::interface::{InFlight, SavepointCommand, TableLocks};

/// Begins a transaction, whose task is on a thread of the database. So a caller that blocks its thread holds no connection and no lock
/// for longer than the time limit.
pub(in crate::interface::postgres) async fn begin(
    pool: &Arc<InteractivePool>,
    in_flight: InFlight,
    locks: TableLocks,
) -> Result<PostgresTransaction, Error> {
    let early_end = EarlyEnd::default();
    let (transaction, steps) = PostgresTransaction::new(early_end.clone());
    let (begun, is_begun) = oneshot::channel();
    let task = Task {
        pool: Arc::clone(pool),
        steps,
        early_end,
        in_flight: Some(in_flight),
        locks,
    };
    pool.runtime().spawn(task.run(begun));
    // Without an answer the threads of the database have ended.
    is_begun.await.unwrap_or(Err(CLOSED))?;
    Ok(transaction)
}

const CLOSED: Error = Error::Unavailable("the database is closed");

struct Task {
    pool: Arc<InteractivePool>,
    steps: mpsc::Receiver<Step>,
    early_end: EarlyEnd,
    /// Held until the transaction has ended.
    in_flight: Option<InFlight>,
    locks: TableLocks,
}

impl Task {
    async fn run(mut self, mut begun: oneshot::Sender<Result<(), Error>>) {
        let started = tokio::select! {
            biased;
            // The caller has gone while the transaction waited for its turn.
            () = begun.closed() => return,
            started = start(&self.pool, &self.locks) => started,
        };
        let (permit, mut running) = match started {
            Ok(started) => started,
            Err(error) => {
                let _ = begun.send(Err(error));
                return;
            }
        };
        match begun.send(Ok(())) {
            Ok(()) => self.carry_out(&mut running).await,
            Err(_) => running.roll_back().await,
        }
        drop(self.in_flight);
        let limit = self.pool.connector().settings().busy_timeout;
        if running.has_answer {
            self.pool.answers().count();
            ended_answers::remove(self.pool.answers(), &running.open.session, limit).await;
        }
        let session = running.into_session();
        let Open {
            session: open,
            prepared,
            ..
        } = session.open.clone();
        if !open.is_closed() && timeout(limit, prepared.prepare_due(&open)).await.is_err() {
            open.discard();
        }
        self.pool.put_back(session);
        drop(permit);
    }

    /// Carries out the steps until the transaction has ended.
    async fn carry_out(&mut self, running: &mut Running) {
        let limit = self.pool.time_limit().0;
        let deadline = Instant::now() + limit;
        loop {
            let step = match timeout_at(deadline, self.steps.recv()).await {
                Ok(Some(step)) => step,
                Ok(None) => return running.roll_back().await,
                Err(_) => {
                    self.early_end.set_late(limit);
                    return running.roll_back().await;
                }
            };
            let goes_on = match step {
                Step::Write(step) => self.write(running, step, deadline).await,
                Step::WriteMany(step) => self.write_many(running, *step, deadline).await,
                Step::Read(step) => self.read(running, step, deadline).await,
                Step::ClaimKey(step) => self.claim_key(running, step, deadline).await,
                Step::StoreAnswer(step) => self.store_answer(running, step, deadline).await,
                Step::Savepoint(command, reply) => self.savepoint(running, command, reply, deadline).await,
                Step::Commit(reply) => {
                    let committed = running.commit().await;
                    self.in_flight = None;
                    let _ = reply.send(committed);
                    return;
                }
                Step::RollBack(reply) => {
                    running.roll_back().await;
                    let _ = reply.send(());
                    return;
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    async fn write(&self, running: &mut Running, step: WriteStep, deadline: Instant) -> bool {
        let WriteStep {
            table,
            request,
            mut reply,
        } = step;
        let written = tokio::select! {
            biased;
            written = running.write(table, request) => Some(written),
            () = self.given_up(&mut reply, deadline) => None,
        };
        self.answer(running, written, reply).await
    }

    async fn write_many(&self, running: &mut Running, step: WriteManyStep, deadline: Instant) -> bool {
        let WriteManyStep {
            table,
            request,
            query,
            mut reply,
        } = step;
        let written = tokio::select! {
            biased;
            written = running.write_many(table, &request, query.as_ref()) => Some(written),
            () = self.given_up(&mut reply, deadline) => None,
        };
        self.answer(running, written, reply).await
    }

    async fn read(&self, running: &mut Running, step: ReadStep, deadline: Instant) -> bool {
        let ReadStep {
            description,
            clock,
            read,
            mut reply,
        } = step;
        let answer = tokio::select! {
            biased;
            answer = running.read(description, &clock, &read) => Some(answer),
            () = self.given_up(&mut reply, deadline) => None,
        };
        self.answer(running, answer, reply).await
    }

    async fn claim_key(&self, running: &mut Running, step: ClaimStep, deadline: Instant) -> bool {
        let ClaimStep { request, mut reply } = step;
        let claimed = tokio::select! {
            biased;
            claimed = running.claim_key(self.pool.answers(), &request) => Some(claimed),
            () = self.given_up(&mut reply, deadline) => None,
        };
        self.answer(running, claimed, reply).await
    }

    async fn store_answer(&self, running: &mut Running, step: StoreStep, deadline: Instant) -> bool {
        let StoreStep {
            request,
            answer,
            mut reply,
        } = step;
        let stored = tokio::select! {
            biased;
            stored = running.store_answer(&request, answer) => Some(stored),
            () = self.given_up(&mut reply, deadline) => None,
        };
        self.answer(running, stored, reply).await
    }

    async fn savepoint(
        &self,
        running: &mut Running,
        command: SavepointCommand,
        mut reply: oneshot::Sender<Result<(), Error>>,
        deadline: Instant,
    ) -> bool {
        let result = tokio::select! {
            biased;
            result = running.savepoint(command) => Some(result),
            () = self.given_up(&mut reply, deadline) => None,
        };
        self.answer(running, result, reply).await
    }

    /// Ready when the caller of a verb has gone, or at the time limit.
    async fn given_up<T>(&self, reply: &mut oneshot::Sender<T>, deadline: Instant) {
        tokio::select! {
            () = reply.closed() => {}
            () = sleep_until(deadline) => self.early_end.set_late(self.pool.time_limit().0),
        }
    }

    /// Answers a verb. Returns whether the transaction goes on.
    async fn answer<T>(
        &self,
        running: &mut Running,
        result: Option<Result<T, VerbEnd>>,
        reply: oneshot::Sender<Result<T, Error>>,
    ) -> bool {
        let (answer, goes_on) = match result {
            Some(Ok(answer)) => (Ok(answer), true),
            Some(Err(VerbEnd::Undone(error))) => (Err(error), true),
            Some(Err(VerbEnd::Conflict)) => {
                let conflict = TransactionError::Conflict { attempts: 1 };
                self.early_end.set(conflict.clone());
                running.roll_back().await;
                (Err(conflict.into()), false)
            }
            Some(Err(VerbEnd::Broken)) => {
                self.early_end.set(TransactionError::RolledBack);
                running.discard();
                (Err(VerbEnd::BROKEN), false)
            }
            None => {
                // A statement is under way.
                running.open.session.cancel().await;
                (Err(self.early_end.reason().into()), false)
            }
        };
        let _ = reply.send(answer);
        goes_on
    }
}
