//! The builder's methods for the database and for the SQL of its tables.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::error::Error;
use crate::gm::GmBuilder;
use crate::interface::database::{DatabaseUrl, create_script, trigger_script};
use crate::interface::{SqlDialect, Synchronous};

impl GmBuilder {
    /// The URL of the database for the rows of managers with `#[database(..)]`.
    ///
    /// | URL | database |
    /// |---|---|
    /// | `sqlite://relative/path.db`, `sqlite:///absolute/path.db` | a file. It is created if it is missing. Its folder must exist |
    /// | `sqlite::memory:` | a database in memory that ends with the handle, for tests. One thread reads and writes it |
    /// | `postgres://user:password@host:port/name?options` | a server with PostgreSQL 13 or later, and the feature `postgres` |
    ///
    /// # Postgres
    /// The URL is libpq's (PostgreSQL's documentation, 34.1.1.2 "Connection URIs"). Special characters in the name and the
    /// password are percent-encoded. Several hosts may be listed; the first one that accepts writes is used. The next one is tried
    /// after twice the `connect_timeout` at the latest. The options are those of libpq that concern the connection, among them:
    ///
    /// | option | meaning |
    /// |---|---|
    /// | `sslmode` | `disable`, `prefer` (the default), `require`, `verify-ca` or `verify-full`. Only the last two know the server. With `prefer`, connections to another machine are logged as a warning |
    /// | `sslrootcert` | a file of certificate authorities in PEM, which `verify-ca` needs, or `system` (the default). Those of the system need `verify-full` |
    /// | `sslcert`, `sslkey` | the certificate of this service and its key, files in PEM |
    /// | `passfile` | a file with passwords, as `PGPASSFILE` |
    /// | `connect_timeout` | seconds until an attempt to connect fails. 5 by default |
    /// | `application_name` | the name in `pg_stat_activity`. `gm` and the name of the program by default. The purpose of the connection follows: `/reads` (of one row), `/lists`, `/writes`, `/transactions` or `/changes` |
    ///
    /// The password is the one of the URL, else of the environment's `PGPASSWORD`, else of `passfile`, `PGPASSFILE` or
    /// `~/.pgpass`. It is read again for each connection, and no error or log shows it.
    ///
    /// A handle has twice [`database_point_connections`](Self::database_point_connections), plus
    /// [`database_readers`](Self::database_readers), plus [`database_transactions`](Self::database_transactions), plus 2 connections at
    /// most: one of these writes, and one listens to changes.
    /// The server's `max_connections` must suffice for all processes of the service together.
    ///
    /// # Other programs
    /// Other programs may read and write a file of SQLite. Their writes are noticed within about a second, and published as a
    /// refresh of all rows.
    ///
    /// If the open file is removed or replaced, this is noticed within a second and logged as an error. From then on each read
    /// and write is [`Error::Unavailable`], and the websockets of subscribers are closed, until another handle is built.
    ///
    /// # Errors
    /// [`build`](Self::build) fails with
    /// - [`Error::Configuration`] for another URL, for a file with UTF-16 text, which is not sorted by code points, and for a
    ///   file system without support for a write-ahead log, such as a network file system;
    /// - [`Error::Configuration`] for a server that is too old, whose database is not in UTF-8, or that refuses the user, the
    ///   password or the certificate;
    /// - [`Error::Storage`] if the file can't be opened, and for a server that can't be reached, is full, starts, or accepts no
    ///   writes, such as a standby. A later attempt may succeed.
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database.url = Some(DatabaseUrl::new(url.into()));
        self
    }

    /// The URL of the Postgres server itself, if [`database`](Self::database) is the URL of a pooler such as pgbouncer in
    /// transaction mode. None by default.
    ///
    /// The connection that listens to changes goes past the pooler then, since a pooler does not forward notifications. Reads
    /// and writes use neither prepared statements nor other state of a session.
    pub fn database_listen_url(mut self, url: impl Into<String>) -> Self {
        self.database.listen_url = Some(DatabaseUrl::new(url.into()));
        self
    }

    /// How often the change feed from Postgres is checked by a notification to itself. 2 s by default, at least 10 ms, and at most
    /// an hour.
    ///
    /// If the database returns none for two intervals, no changes are promised until the feed is back: subscribers are
    /// disconnected with 1013, and no new ones are accepted. Everything is refreshed then. SQLite has no such feed.
    pub fn database_heartbeat(mut self, interval: Duration) -> Self {
        let (shortest, longest) = (Duration::from_millis(10), Duration::from_secs(60 * 60));
        self.database.storage.heartbeat = interval.clamp(shortest, longest);
        self
    }

    /// The number of connections to Postgres for reads of one row, and of as many for lists, which many callers share. By default
    /// the number of cores, but at most eight. SQLite has no such connections.
    ///
    /// A thread of the application uses one of each. No more of them are opened than threads read.
    pub fn database_point_connections(mut self, connections: NonZeroUsize) -> Self {
        self.database.storage.point_connections = connections;
        self
    }

    /// The number of connections to Postgres for [transactions](crate::Gm::transaction), four by default. SQLite has none, since
    /// its transactions take turns with the other writes.
    ///
    /// Each carries out one transaction at a time. A further one waits for the [busy timeout](Self::database_busy_timeout), and
    /// then fails with [`Error::Unavailable`].
    pub fn database_transactions(mut self, connections: NonZeroUsize) -> Self {
        self.database.storage.transactions = connections;
        self
    }

    /// Whether [`build`](Self::build) creates missing tables. True by default. Existing tables are never changed.
    ///
    /// In Postgres they are created in one transaction, and once if many replicas start at the same time. Without the right to
    /// create tables in the first schema of the search path, `build` fails with the SQL for another role.
    pub fn create_tables(mut self, create: bool) -> Self {
        self.database.create_tables = create;
        self
    }

    /// The number of threads that read SQLite, or of connections to Postgres for the lists that take long. By default the number
    /// of cores, but at least two and at most four.
    ///
    /// Such a connection reads one list at a time. Lists that take less than some milliseconds share the connections of the
    /// application's threads.
    pub fn database_readers(mut self, readers: NonZeroUsize) -> Self {
        self.database.storage.readers = readers;
        self
    }

    /// How long a write waits for another process that writes to the file, or for a lock in Postgres, before it fails with
    /// [`Error::Unavailable`]. 5 s by default, and at most 24 days.
    ///
    /// In Postgres a read waits this long for a lock, too, such as that of an `ALTER TABLE`.
    pub fn database_busy_timeout(mut self, timeout: Duration) -> Self {
        // SQLite and Postgres count milliseconds in 31 bits.
        let longest = Duration::from_millis(i32::MAX.unsigned_abs().into());
        self.database.storage.busy_timeout = timeout.min(longest);
        self
    }

    /// The kind of crash that a returned write survives. [`Synchronous::Full`] by default.
    pub fn database_synchronous(mut self, synchronous: Synchronous) -> Self {
        self.database.storage.synchronous = synchronous;
        self
    }

    /// The most reads, and the most writes, that wait for the database. 1,024 of each by default. Further ones fail with
    /// [`Error::Unavailable`].
    pub fn database_queue(mut self, jobs: NonZeroUsize) -> Self {
        self.database.storage.queue = jobs;
        self
    }
}

/// Migrations.
impl GmBuilder {
    /// The SQL that creates the tables and indexes of the managers that were added so far.
    ///
    /// No database is opened, so [`database`](Self::database) need not be set. A manager without `#[database(..)]` has no table. If one
    /// with a table is exposed, the table `gm_idempotency` of
    /// [`idempotency_retention`](Self::idempotency_retention) is among them, except for MySQL.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// use gm_runtime::interface::SqlDialect;
    ///
    /// #[derive(Clone, Debug, GeneralManager)]
    /// #[database(table = "projects")]
    /// pub struct Project {
    ///     #[field(id)]
    ///     pub id: i64,
    ///     #[field(max_length = 200, unique)]
    ///     pub name: String,
    /// }
    ///
    /// let sql = Gm::builder().manager::<Project>().schema(SqlDialect::Postgres)?;
    /// assert_eq!(sql, r#"CREATE TABLE "projects" (
    ///     "id" BIGINT NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ///     "name" VARCHAR(200) COLLATE "C" NOT NULL
    /// );
    /// CREATE UNIQUE INDEX ON "projects" ("name");
    /// "#);
    /// # Ok::<(), gm_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] if the dialect does not support the declaration of a field (MySQL has no index for text of more
    /// than 768 characters), and if two managers of one table declare different types of one column.
    pub fn schema(&self, dialect: SqlDialect) -> Result<String, Error> {
        match dialect {
            // Storage of the application's own, which stores no answers.
            SqlDialect::MySql => create_script(self.stored(), dialect),
            SqlDialect::Sqlite | SqlDialect::Postgres => create_script(self.tables(), dialect),
        }
    }

    /// The SQL that adapts the tables of the [`database`](Self::database) to the managers that were added so far, with a comment
    /// for each difference. Empty if there is no difference.
    ///
    /// A difference that needs a decision of yours is only a comment. The calling thread waits while the database is read. It is
    /// not changed, so read the SQL and then execute it.
    ///
    /// # Postgres
    /// The SQL can be executed while services use the tables: `psql -v ON_ERROR_STOP=1 -f changes.sql`. A comment at each statement
    /// says what it locks, and for how long. No statement loses a value: it converts exactly, or fails. The database is read with a
    /// connection of its own, and with a time limit of two minutes. Rights are compared, too, for the role of the URL.
    ///
    /// # Errors
    /// - [`Error::Configuration`] if no URL of a database was set, if the text of a file is UTF-16, if two managers of one table
    ///   declare different types of one column, and as for [`build`](Self::build) if the server can't be used.
    /// - [`Error::Storage`] or [`Error::Unavailable`] if the database does not exist or can't be read.
    pub fn schema_changes(&self) -> Result<String, Error> {
        self.database.changes(self.tables())
    }

    /// The SQL of Postgres triggers on the tables of the managers that were added so far, which notify every replica of the writes
    /// of other programs.
    ///
    /// Without them, a row that another program writes to Postgres, such as a script in `psql`, changes without an event, and
    /// the caches of consumers keep the old answer. [`Gm::publish`](crate::Gm::publish) is the other remedy, for a program
    /// that uses this crate.
    ///
    /// The script creates a function `gm_notify` and two triggers for each table, and may be run again. Run it as the owner of
    /// the tables, and again after a struct or its rules changed: the triggers name the columns of the ids and those that rules
    /// for reading compare. Old triggers still notify, and callers that may read a part of the rows get a refresh in place of the
    /// row's event. No database is opened.
    ///
    /// # What is reported
    /// - Each row that is inserted, updated or deleted, also by a cascade, a `COPY` or another trigger. An update that changes
    ///   nothing is not reported, and one that changes the id is a delete and a create.
    /// - `TRUNCATE`, as a refresh.
    /// - Of one transaction, the first 1,000 rows, and a refresh of each table for the further ones. A row that Postgres can't
    ///   represent as `jsonb` is reported as a refresh too: it has an escaped U+0000 in a column of the type `json`, or a value of
    ///   more than 256 MB.
    ///
    /// Not reported are sessions in which triggers do not run (`session_replication_role = replica`, a logical subscription), and
    /// a `TRUNCATE` of a partition alone. A table that only a view reads has no manager: copy the statements of another table, with
    /// `gm_notify('{}', '{}', '{}', '{}')`.
    ///
    /// # Cost
    /// Postgres reads the whole row, and needs up to 0.1 ms for a usual one, and some 15 µs beyond the first 1,000 of a transaction. The writes of this crate are notified once, by the trigger in place of the write.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// #[derive(Clone, Debug, GeneralManager)]
    /// #[database(table = "projects")]
    /// pub struct Project {
    ///     #[field(id)]
    ///     pub id: i64,
    ///     pub name: String,
    /// }
    ///
    /// # #[cfg(feature = "postgres")] {
    /// let sql = Gm::builder().manager::<Project>().schema_triggers()?;
    /// assert!(sql.contains(r#"CREATE TRIGGER gm_notify AFTER INSERT OR UPDATE OR DELETE ON "projects""#));
    /// # }
    /// # Ok::<(), gm_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] without the feature `postgres`, and if two managers of one table declare different types of one
    /// column.
    pub fn schema_triggers(&self) -> Result<String, Error> {
        trigger_script(self.stored())
    }
}
