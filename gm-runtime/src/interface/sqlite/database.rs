//! An open database: its threads and its managers.

use std::sync::Arc;
use std::time::Duration;

use super::connection::ConnectOptions;
use super::error::cannot_open;
use super::file_watch::{CHECK_INTERVAL, LostFile};
use super::inline_readers::InlineReaders;
use super::location::Location;
use super::queue::Queues;
use super::read_gate::ReadGate;
use super::rows::SqliteRows;
use super::rows_access::RowsAccess;
use super::schema;
use super::stored_answers::StoredAnswers;
use super::table::Table;
use super::threads::{read, report, start};
use super::topics::Topics;
use super::view_sources::Source;
use super::volatile_views::check_events;
use super::writer::Writer;
use crate::change::Topic;
use crate::error::Error;
use crate::health::{DatabaseHealth, Pulse};
use crate::interface::sql::schema::TargetTable;
use crate::interface::{ErasedInterface, TransactionTimeLimit};
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;

/// An open SQLite database.
pub(in crate::interface) struct Sqlite {
    pub(super) queues: Arc<Queues>,
    topics: Arc<Topics>,
    answers: Arc<StoredAnswers>,
    writer: [Arc<Pulse>; 1],
}

impl Sqlite {
    /// Opens the database, and starts its threads. `read_time` is the time limit of a read, and `transaction_time` that of a
    /// transaction.
    pub(in crate::interface) async fn open(
        options: ConnectOptions,
        readers: usize,
        queue: usize,
        read_time: Duration,
        transaction_time: TransactionTimeLimit,
    ) -> Result<Self, Error> {
        options.check_folder()?;
        let readers = if options.location == Location::Memory {
            0
        } else {
            readers
        };
        let answers = Arc::new(StoredAnswers::new(options.retention));
        let lost = LostFile::default();
        let (queues, receivers) = Queues::new(queue, readers > 0, read_time, transaction_time, lost.clone());
        let topics = Arc::new(Topics::default());
        let gate = Arc::new(ReadGate::default());

        let (pulse, beat) = Pulse::new("sqlite writer", CHECK_INTERVAL);
        // The writer first, because it creates the file and its log.
        let (jobs, alive) = (receivers.jobs, receivers.alive.clone());
        let (writer_options, writer_topics) = (options.clone(), Arc::clone(&topics));
        let (writer_lost, writer_gate) = (lost.clone(), Arc::clone(&gate));
        let writer_answers = Arc::clone(&answers);
        start("gm-sqlite-writer".to_owned(), move |opened| {
            let writer = Writer::new(
                &writer_options,
                read_time,
                writer_lost,
                jobs,
                writer_topics,
                writer_gate,
                writer_answers,
            );
            if let Some(writer) = report(writer, opened) {
                writer.run(
                    &beat,
                    Writer::group_commit,
                    Writer::carry_out_transaction,
                    Writer::carry_out_bulk,
                );
            }
            drop(beat);
            drop(alive);
        })
        .await?;
        for number in 0..readers {
            let (options, tasks, alive) = (options.clone(), receivers.tasks.clone(), receivers.alive.clone());
            let (lost, gate) = (lost.clone(), Arc::clone(&gate));
            start(format!("gm-sqlite-reader-{number}"), move |opened| {
                if let Some(connection) = report(options.reader().map_err(cannot_open), opened) {
                    read(connection, &tasks, &lost, &gate);
                }
                drop(alive);
            })
            .await?;
        }
        let inline = queues
            .on_writer(move |_| {
                (0..readers)
                    .map(|_| options.inline_reader().map_err(cannot_open))
                    .collect::<Result<_, _>>()
            })
            .await?;
        queues.set_inline_readers(InlineReaders::new(inline).map_err(cannot_open)?);
        Ok(Self {
            queues: Arc::new(queues),
            topics,
            answers,
            writer: [pulse],
        })
    }

    /// Creates the missing tables if `create` is set, and refuses tables that do not fit their managers.
    pub(in crate::interface) async fn check(
        &self,
        tables: Vec<TargetTable>,
        create: bool,
    ) -> Result<(), Error> {
        self.queues
            .on_writer(move |connection| schema::check(connection, &tables, create))
            .await
    }

    /// The rows of a manager.
    pub(in crate::interface) async fn interface(
        &self,
        description: &'static Description,
        table: &'static str,
        topic: Arc<Topic>,
        pattern_time: PatternTimeLimit,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        let source = self
            .queues
            .on_writer(move |connection| {
                check_events(connection, description, table)?;
                Ok(Source::of(connection, table))
            })
            .await?;
        let topic = self.topics.add(description, table, topic, source);
        let table = Arc::new(Table::new(description, topic)?);
        let checked = Arc::clone(&table);
        self.queues
            .on_writer(move |connection| checked.prepare_all(connection))
            .await?;
        Ok(Arc::new(SqliteRows {
            table,
            access: RowsAccess::Queues(Arc::clone(&self.queues)),
            pattern_time,
            answers: Arc::clone(&self.answers),
        }))
    }

    /// The SQL that makes the tables fit their managers. Empty if they do. The database is read on the calling thread, and
    /// not changed.
    pub(in crate::interface) fn schema_changes(
        options: &ConnectOptions,
        tables: &[TargetTable],
    ) -> Result<String, Error> {
        let connection = options.reader().map_err(cannot_open)?;
        schema::changes(&connection, tables)
    }

    /// The pulses of the threads.
    pub(in crate::interface) fn pulses(&self) -> &[Arc<Pulse>] {
        &self.writer
    }

    /// The reads and the writes that wait.
    pub(in crate::interface) fn waiting(&self) -> [usize; 2] {
        self.queues.waiting()
    }

    pub(in crate::interface) fn health(&self) -> DatabaseHealth {
        match self.queues.is_lost() {
            true => DatabaseHealth::FileLost,
            false => DatabaseHealth::Available,
        }
    }

    /// Refuses further reads and writes, and waits until the threads have done all jobs and ended.
    pub(in crate::interface) async fn close(&self) {
        self.queues.close().await;
    }
}
