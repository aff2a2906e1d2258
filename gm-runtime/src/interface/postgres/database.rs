//! An open database: its threads, its connections and its managers.

use std::sync::Arc;
use std::time::Duration;

use super::background::Background;
use super::connect_options::ConnectOptions;
use super::connector::Connector;
use super::feed::Feed;
use super::notification::trigger_script;
use super::purpose::Purpose;
use super::reads::Reads;
use super::routes::Routes;
use super::rows::PostgresRows;
use super::schema;
use super::schema_changes::schema_changes;
use super::table::Table;
use super::writer::{BulkWriter, InteractivePool, Writer, check_statements};
use crate::change::Topic;
use crate::error::Error;
use crate::health::{DatabaseHealth, Pulse};
use crate::interface::ErasedInterface;
use crate::interface::sql::Settings;
use crate::interface::sql::schema::TargetTable;
use crate::manager::Description;
use crate::query::pattern::PatternTimeLimit;

/// An open database.
pub(in crate::interface) struct Postgres {
    background: Background,
    connector: Arc<Connector>,
    reads: Arc<Reads>,
    writer: Arc<Writer>,
    transactions: Arc<InteractivePool>,
    bulk: Arc<BulkWriter>,
    routes: Arc<Routes>,
    feed: Feed,
    pulses: Vec<Arc<Pulse>>,
}

impl Postgres {
    /// Connects to the server and checks it. `read_time` is the time limit of a read.
    pub(in crate::interface) async fn open(
        options: ConnectOptions,
        settings: Settings,
        read_time: Duration,
    ) -> Result<Self, Error> {
        options.warn_if_exposed();
        let background = Background::start()?;
        let connector = Arc::new(Connector::new(options, settings, read_time));
        let first = Arc::clone(&connector);
        background
            .spawn(async move { first.open_first(Purpose::ListReads).await.map(drop) })
            .await
            .map_err(Error::storage)??;
        let routes = Arc::new(Routes::new());
        let heartbeat = connector.settings().heartbeat;
        let feed = Feed::start(
            Arc::clone(&connector),
            &background,
            Arc::clone(&routes),
            heartbeat,
        );
        let pulses = background.pulses().iter().chain([feed.pulse()]);
        Ok(Self {
            pulses: pulses.cloned().collect(),
            feed,
            routes,
            reads: Arc::new(Reads::start(&connector, &background)),
            writer: Arc::new(Writer::start(Arc::clone(&connector), &background)),
            transactions: Arc::new(InteractivePool::new(Arc::clone(&connector), &background)),
            bulk: Arc::new(BulkWriter::new(Arc::clone(&connector), &background)),
            background,
            connector,
        })
    }

    /// Creates the missing tables if `create` is set, and refuses tables that do not fit their managers.
    pub(in crate::interface) async fn check(
        &self,
        tables: Vec<TargetTable>,
        create: bool,
    ) -> Result<(), Error> {
        // Through a pooler the statements below would fail for reasons that do not name it. The feed detects it.
        self.feed.ready().await?;
        let connector = Arc::clone(&self.connector);
        let checked = self.background.spawn(async move {
            let (session, driver) = connector.open_first(Purpose::ListReads).await?;
            // It ends with the session.
            tokio::spawn(driver);
            schema::check(&session, &tables, create).await
        });
        checked.await.map_err(Error::storage)?
    }

    /// The rows of a manager.
    pub(in crate::interface) async fn interface(
        &self,
        description: &'static Description,
        table: &'static str,
        topic: Arc<Topic>,
        pattern_time: PatternTimeLimit,
    ) -> Result<Arc<dyn ErasedInterface>, Error> {
        let relation = self.routes.add(description, table, topic);
        self.feed.ready().await?;
        let table = Arc::new(Table::new(
            description,
            table,
            relation,
            self.connector.is_pooled(),
        ));
        let (connector, checked) = (Arc::clone(&self.connector), Arc::clone(&table));
        let checked = self.background.spawn(async move {
            let (session, driver) = connector.open(Purpose::Writes).await?;
            // It ends with the session.
            tokio::spawn(driver);
            check_statements(&session, &checked).await
        });
        checked.await.map_err(Error::storage)??;
        Ok(Arc::new(PostgresRows {
            table,
            reads: Arc::clone(&self.reads),
            writer: Arc::clone(&self.writer),
            transactions: Arc::clone(&self.transactions),
            transaction: None,
            bulk: Arc::clone(&self.bulk),
            pattern_time,
            stores_answers: self.connector.settings().retention.time().is_some(),
        }))
    }

    /// The SQL that makes the tables fit their managers. Empty if they do. The calling thread waits for it, and the database is
    /// not changed.
    pub(in crate::interface) fn schema_changes(
        options: &ConnectOptions,
        tables: &[TargetTable],
    ) -> Result<String, Error> {
        schema_changes(options, tables)
    }

    /// The SQL of the triggers that notify the replicas of the writes of other programs.
    pub(in crate::interface) fn schema_triggers(tables: &[TargetTable]) -> Result<String, Error> {
        Ok(trigger_script(tables))
    }

    /// The pulses of the threads and of the change feed.
    pub(in crate::interface) fn pulses(&self) -> &[Arc<Pulse>] {
        &self.pulses
    }

    /// The reads and the writes that wait.
    pub(in crate::interface) fn waiting(&self) -> [usize; 2] {
        [self.reads.waiting(), self.writer.waiting()]
    }

    pub(in crate::interface) fn health(&self) -> DatabaseHealth {
        self.feed.health()
    }

    /// Refuses further reads and writes, and waits until the running ones are done.
    pub(in crate::interface) async fn close(&self) {
        self.writer.close().await;
        self.transactions.close();
        self.reads.close().await;
        self.feed.close().await;
        self.background.stop().await;
    }
}
