//! Building a handle.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::builder::GmBuilder;
use super::handle::{Gm, Inner};
use super::managers::Managers;
use crate::access::{JudgementLimits, Managed, set_foreign_keys};
use crate::change::Topic;
use crate::error::Error;
use crate::features::client::Client;
use crate::features::database::no_database;
use crate::features::server::Server;
use crate::features::telemetry::HandleMetrics;
use crate::interface::{self, ErasedInterface, MemoryStorage, ReadLimits, Writes};
use crate::manager::Description;

impl GmBuilder {
    /// Builds the handle. Opens the database, creates missing tables, and compares the others with their managers.
    ///
    /// # Errors
    /// - [`Error::Configuration`] for settings that do not fit together: two managers under one resource, a manager that is
    ///   exposed twice or has no storage, an invalid URL, tables that do not fit their managers.
    /// - [`Error::Storage`] if the database can't be opened.
    pub async fn build(mut self) -> Result<Gm, Error> {
        if let Some(twice) = self.managers.iter().find(|entry| entry.exposed > 1) {
            return Err(exposed_twice(twice.description));
        }
        self.pages.check()?;
        self.bulk.check()?;
        for entry in &self.managers {
            entry.description.check_defaults()?;
        }
        let tables: Vec<_> = self.tables().collect();
        self.health.job_time = self.job_time();
        if self.stores_answers() {
            self.database.store_answers(self.retention);
        }
        let database = self.database.open(self.read_time, self.transaction_time).await?;
        if let Some(database) = &database {
            database.check(tables).await?;
        }
        let client = Client::new(self.client, self.pages)?;
        let limits = ReadLimits {
            patterns: self.pattern_time,
            read: self.read_time,
        };
        let judgement = JudgementLimits {
            max_rows: client.max_rows(),
            related_ids: self.related_ids,
            pages: self.pages,
            reads: limits,
            bulk: self.bulk,
        };
        let managers = Managers::default();
        let writes = Arc::new(Writes::default());
        let memory = Arc::new(MemoryStorage::new(self.transaction_time, self.retention));
        let mut exposed: Vec<Arc<Managed>> = Vec::new();
        let mut built = Vec::new();
        for entry in self.managers {
            let mut topic = Arc::new(Topic::default());
            let description = entry.description;
            #[cfg(feature = "regex")]
            description.compile_patterns()?;
            let own = match (entry.own, description.interface()) {
                (None, Some(declared)) => {
                    Some(interface::declared(declared()).map_err(|name| not_given(description, name))?)
                }
                (own, _) => own,
            };
            let interface: Arc<dyn ErasedInterface> = if let Some(own) = own {
                own.make(Arc::clone(&topic), limits, &memory)?
            } else if description.table().is_some() {
                let database = database.as_ref().ok_or_else(|| no_database(description))?;
                database
                    .interface(description, Arc::clone(&topic), self.pattern_time)
                    .await?
            } else {
                let remote = description.remote().ok_or_else(|| no_storage(description))?;
                let interface = client.connect(description, remote, true)?;
                topic = Arc::clone(interface.cache().topic());
                Arc::new(interface)
            };
            let managed = Managed::new(interface, topic, Arc::clone(&writes), judgement);
            let managed = managers.get_or_make(entry.manager, |_| Ok(managed))?;
            built.push((entry.manager, Arc::clone(managed)));
            if entry.exposed > 0 {
                exposed.push(Arc::clone(managed));
            }
        }
        set_foreign_keys(&built);
        let server = Server::new(self.server, exposed, &client)?;
        let inner = Arc::new_cyclic(|itself| Inner {
            itself: Weak::clone(itself),
            managers,
            judgement,
            change_queue: self.change_queue,
            writes,
            server,
            client,
            database,
            health: self.health,
            metrics: HandleMetrics::new(),
        });
        for managed in inner.managers.iter() {
            managed.set_related(inner.related_managers());
        }
        #[cfg(feature = "server")]
        inner.watch_token_file()?;
        Ok(Gm {
            inner,
            principal: None,
            transaction: None,
        })
    }
}

impl GmBuilder {
    /// The time limits of everything that a thread of the database may do in one turn.
    fn job_time(&self) -> Duration {
        let times = [self.read_time.0, self.transaction_time.0, self.bulk.time];
        times.into_iter().fold(Duration::ZERO, Duration::saturating_add)
    }
}

fn exposed_twice(description: &Description) -> Error {
    Error::Configuration(format!(
        "`{}` is exposed twice: call `.expose::<{0}>()` once",
        description.name()
    ))
}

fn not_given(description: &Description, interface: &str) -> Error {
    Error::Configuration(format!(
        "the rows of `{}` are in a `{interface}`, which has no `Default`: add `.interface::<{0}>(..)` to the builder",
        description.name()
    ))
}

fn no_storage(description: &Description) -> Error {
    Error::Configuration(format!(
        "`{}` has no storage: add `.interface::<{0}>(..)` to the builder",
        description.name()
    ))
}
