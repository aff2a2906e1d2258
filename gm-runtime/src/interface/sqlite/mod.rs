//! SQLite on threads of its own: one that writes, several that read.

mod cancellation;
mod connection;
mod constraint_errors;
mod error;
mod expressions;
mod file_watch;
mod functions;
mod inline_reads;
mod parameter;
mod query;
mod queue;
mod row_sink;
mod row_sources;
mod schema;
mod side_effects;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod topics;
mod values;
mod wal;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;
use rusqlite::Connection;
use tokio::sync::oneshot;

pub use connection::Synchronous;
pub(super) use connection::{Location, Opening};

use crate::change::Topic;
use crate::error::Error;
use crate::field::Value;
use crate::interface::sql::schema::WantedTable;
use crate::interface::{
    Answer, BoxFuture, ErasedInterface, InFlight, Read, Representation, Target, Write, Written,
};
use crate::manager::{Description, Records};
use crate::protocol::items::{ItemsPage, RowWriter};
use crate::query::pattern::{self, PatternTime, Patterns};
use crate::query::{RecordPage, Select};
use file_watch::Lost;
use inline_reads::Near;
use queue::{Queues, Task};
use row_sink::JsonRows;
use row_sources::Source;
#[cfg(fuzzing)]
pub use schema::fuzz_statement;
use table::Table;
use topics::Topics;
use wal::Readers;
use writer::Writer;

/// An open SQLite database.
pub(super) struct Sqlite {
    queues: Arc<Queues>,
    topics: Arc<Topics>,
}

impl Sqlite {
    /// Opens the database on its threads, for reads that may take this long.
    pub(super) async fn open(
        opening: Opening,
        readers: usize,
        queue: usize,
        read_time: Duration,
    ) -> Result<Self, Error> {
        opening.check_folder()?;
        let readers = if opening.location == Location::Memory {
            0
        } else {
            readers
        };
        let lost = Lost::default();
        let (queues, ends) = Queues::new(queue, readers > 0, read_time, lost.clone());
        let topics = Arc::new(Topics::default());
        let running = Arc::new(Readers::default());

        // The writer first: it makes the file and its log.
        let (jobs, writer_topics, alive) = (ends.jobs, Arc::clone(&topics), ends.alive.clone());
        let (settings, writer_lost, reads) = (opening.clone(), lost.clone(), Arc::clone(&running));
        start("gm-sqlite-writer".to_owned(), move |opened| {
            let writer = Writer::new(&settings, writer_lost, jobs, writer_topics, reads);
            if let Some(writer) = report(writer, opened) {
                writer.run();
            }
            drop(alive);
        })
        .await?;
        for number in 0..readers {
            let (settings, tasks, alive) = (opening.clone(), ends.tasks.clone(), ends.alive.clone());
            let (lost, running) = (lost.clone(), Arc::clone(&running));
            start(format!("gm-sqlite-reader-{number}"), move |opened| {
                if let Some(connection) = report(settings.reader().map_err(cannot_open), opened) {
                    read(connection, &tasks, &lost, &running);
                }
                drop(alive);
            })
            .await?;
        }
        let near = queues
            .on_writer(move |_| {
                (0..readers)
                    .map(|_| opening.near_reader().map_err(cannot_open))
                    .collect::<Result<_, _>>()
            })
            .await?;
        queues.set_near(Near::new(near).map_err(cannot_open)?);
        Ok(Self {
            queues: Arc::new(queues),
            topics,
        })
    }

    /// Makes the tables that are missing, if that is wanted, and refuses those that do not fit their managers.
    pub(super) async fn check(&self, tables: Vec<WantedTable>, create: bool) -> Result<(), Error> {
        self.queues
            .on_writer(move |connection| schema::check(connection, &tables, create))
            .await
    }

    /// The rows of a manager.
    pub(super) async fn interface(
        &self,
        description: &'static Description,
        table: &'static str,
        topic: Arc<Topic>,
        pattern_time: PatternTime,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        let source = self
            .queues
            .on_writer(move |connection| {
                row_sources::check_events(connection, description, table)?;
                Ok(Source::of(connection, table))
            })
            .await?;
        let shown = self.topics.add(description, table, topic, source);
        let table = Arc::new(Table::new(description, shown)?);
        let checked = Arc::clone(&table);
        self.queues
            .on_writer(move |connection| checked.prepare_all(connection))
            .await?;
        Ok(Arc::new(Rows {
            table,
            queues: Arc::clone(&self.queues),
            pattern_time,
        }))
    }

    /// The SQL that brings the tables of this database in line with their managers; empty where they are. It is only
    /// read, by the calling thread.
    pub(super) fn changes(opening: &Opening, tables: &[WantedTable]) -> Result<String, Error> {
        let connection = opening.reader().map_err(cannot_open)?;
        schema::changes(&connection, tables)
    }

    pub(super) async fn close(&self) {
        self.queues.close().await;
    }
}

/// The rows of one manager.
struct Rows {
    table: Arc<Table>,
    queues: Arc<Queues>,
    pattern_time: PatternTime,
}

impl Rows {
    fn name(&self) -> &'static str {
        self.table.description().name()
    }

    /// The rows that match. JSON is written by the reading thread, straight from the statement.
    async fn page(&self, select: &Select, representation: Representation<'_>) -> Result<Answer, Error> {
        let (query, until) = (self.table.build(select)?, pattern::until());
        let page_size = select.page.and(select.page_size);
        if let Representation::Json(writer) = representation {
            let mut rows = JsonRows::new(Arc::clone(writer), query.usual_rows());
            let page = self.queues.read(self.name(), move |connection| {
                let total_count = query.run_until(until, connection, &mut rows)?;
                Ok(ItemsPage {
                    items: rows.into_readable()?,
                    total_count,
                    page_size,
                })
            });
            return page.await.map(Answer::Json);
        }
        let page = self.queues.read(self.name(), move |connection| {
            let mut records = Records::new(query.description());
            let total = query.run_until(until, connection, &mut records)?;
            Ok(RecordPage::new(records, total).with_page_size(page_size))
        });
        representation.page(page.await?)
    }

    /// The row of this id: read by the calling thread where that is possible.
    async fn row(&self, id: &Value, representation: Representation<'_>) -> Result<Answer, Error> {
        if let Representation::Json(writer) = representation {
            let inline = |connection: &Connection| json_row(&self.table, connection, id, writer);
            if let Some(row) = self.queues.read_near(inline) {
                return row;
            }
            let (table, id, writer) = (Arc::clone(&self.table), id.clone(), Arc::clone(writer));
            return self
                .queues
                .read(self.name(), move |connection| {
                    json_row(&table, connection, &id, &writer)
                })
                .await;
        }
        if let Some(row) = self.queues.read_near(|connection| self.table.get(connection, id)) {
            return representation.row(row?);
        }
        let (table, id) = (Arc::clone(&self.table), id.clone());
        let row = self
            .queues
            .read(self.name(), move |connection| table.get(connection, &id));
        representation.row(row.await?)
    }
}

fn json_row(
    table: &Table,
    connection: &Connection,
    id: &Value,
    writer: &Arc<RowWriter>,
) -> Result<Answer, Error> {
    let mut rows = JsonRows::new(Arc::clone(writer), 1);
    let found = table.get_into(connection, id, &mut rows)?;
    Ok(if found {
        Answer::Json(rows.into_items().into())
    } else {
        Answer::Nothing
    })
}

impl ErasedInterface for Rows {
    fn description(&self) -> &'static Description {
        self.table.description()
    }

    fn read<'a>(&'a self, read: Read<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let representation = read.representation;
            match read.target {
                Target::Page(select) if select.has_patterns() => {
                    select.check_patterns(self.table.description())?;
                    let page = self.page(&select, representation);
                    // The reading threads compile the patterns.
                    pattern::in_time(self.pattern_time, self.name(), Patterns::default(), page).await
                }
                Target::Page(select) => self.page(&select, representation).await,
                Target::Row(id) => self.row(id, representation).await,
            }
        })
    }

    fn write(&self, write: Write, in_flight: InFlight) -> BoxFuture<'static, Result<Written, Error>> {
        let (table, queues) = (Arc::clone(&self.table), Arc::clone(&self.queues));
        Box::pin(async move { queues.write(table, write, in_flight).await })
    }
}

/// Starts a thread and waits until it has opened its connection.
async fn start(
    name: String,
    work: impl FnOnce(oneshot::Sender<Result<(), Error>>) + Send + 'static,
) -> Result<(), Error> {
    let (opened, answer) = oneshot::channel();
    std::thread::Builder::new()
        .name(name)
        .spawn(move || work(opened))
        .map_err(Error::storage)?;
    answer.await.unwrap_or_else(|_| Err(queue::panicked()))
}

/// Says whether a connection was opened, and gives it back if so.
fn report<T>(opened: Result<T, Error>, reply: oneshot::Sender<Result<(), Error>>) -> Option<T> {
    match opened {
        // Whoever waits for it may have left; then the queues are gone, and the thread ends at once.
        Ok(connection) => reply.send(Ok(())).ok().map(|()| connection),
        Err(failure) => {
            let _ = reply.send(Err(failure));
            None
        }
    }
}

fn cannot_open(failure: rusqlite::Error) -> Error {
    error::general(&failure).unwrap_or_else(|| error::failed(failure, "the database can't be opened"))
}

/// Reads until the queue is closed and empty.
fn read(mut connection: Connection, tasks: &Receiver<Task>, lost: &Lost, readers: &Readers) {
    for task in tasks {
        let _running = readers.begin();
        // The caller's half of the reply channel is dropped, which tells it.
        if catch_unwind(AssertUnwindSafe(|| task(&mut connection))).is_err() {
            tracing::error!("a read of the database panicked");
        }
    }
    lost.release(&connection);
}
