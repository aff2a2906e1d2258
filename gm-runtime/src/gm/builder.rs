//! How a handle is made.

use std::any::TypeId;
use std::sync::Arc;

use super::{Gm, Inner, Managers};
use crate::access::Managed;
use crate::change::Topic;
use crate::error::Error;
use crate::interface::{ErasedInterface, Factory, Interface, MemoryInterface, ReadLimits, Writes};
use crate::manager::{Description, Manager};
use crate::query::pattern::PatternTime;
use crate::query::{ErasedManager, PagesLimits, ReadTime};

/// Settings of a [`Gm`]. Every setting has a default; [`build`](Self::build) says what does not fit together.
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct GmBuilder {
    managers: Vec<Entry>,
    pub(super) pattern_time: PatternTime,
    pub(super) pages: PagesLimits,
    pub(super) read_time: ReadTime,
    #[cfg(feature = "sqlite")]
    pub(super) database: crate::interface::database::DatabaseSettings,
    #[cfg(feature = "server")]
    pub(super) server: crate::server::ServerSettings,
    #[cfg(feature = "client")]
    pub(super) client: crate::client::ClientSettings,
}

struct Entry {
    manager: TypeId,
    description: &'static Description,
    exposed: u32,
    own: Option<Factory>,
}

impl GmBuilder {
    /// Takes in a manager and serves it to others, as its `#[remote_api(..)]` says. [`build`](Self::build) refuses one
    /// that is exposed twice.
    #[cfg(feature = "server")]
    pub fn expose<M: crate::manager::Exposed>(mut self) -> Self {
        let entry = self.entry(ErasedManager::of::<M>());
        entry.exposed = entry.exposed.saturating_add(1);
        self
    }

    /// Takes in a manager for this service's own code, without serving it to others. A consumer's manager need not
    /// be taken in: it is connected when it is first used.
    pub fn manager<M: Manager>(mut self) -> Self {
        self.entry(ErasedManager::of::<M>());
        self
    }

    /// Gives a manager storage of the application's own: of the type that its `#[manager(interface = ..)]` names, or of
    /// any other, in place of what the struct says.
    pub fn interface<M: Manager>(mut self, interface: impl Interface<M>) -> Self {
        self.entry(ErasedManager::of::<M>()).own = Some(Factory::of::<M>(interface));
        self
    }

    /// Keeps a manager's rows in memory, in place of the database or the other service: for tests of an application.
    /// Nothing is written to disk, every query reads every row, and all is gone with the handle.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// Project::create(ProjectCreate { name: "Alpha".into() }).exec(&gm).await?;
    /// assert_eq!(Project::query().count(&gm).await?, 1);
    /// # Ok(()) }
    /// ```
    pub fn in_memory<M: Manager>(self) -> Self {
        self.in_memory_with::<M>([])
    }

    /// The same with rows that are there from the start, whole and with their ids: also what a create can't give, such
    /// as a `read_only` field of a consumer. An id that is assigned later is one above the highest of them.
    ///
    /// The rows count as written long ago: their values are of their fields' types, ranges and decimal places, and
    /// `unique` holds, but what is judged when a row is written (lengths, `min`, `validate` and the like) is not.
    /// [`build`](Self::build) says which row does not fit.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[remote_manager(base_url = "http://localhost", resource = "projects")]
    /// # pub struct RemoteProject { #[field(id)] pub id: i64, pub name: String, #[field(read_only)] pub bookings: u32 }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// let alpha = RemoteProject { id: 7, name: "Alpha".into(), bookings: 3 };
    /// let gm = Gm::builder().in_memory_with([alpha]).build().await?;
    /// assert_eq!(RemoteProject::get(&gm, 7).await?.bookings, 3);
    /// # Ok(()) }
    /// ```
    pub fn in_memory_with<M: Manager>(mut self, rows: impl IntoIterator<Item = M>) -> Self {
        let rows: Vec<_> = rows.into_iter().map(|row| row.to_record()).collect();
        self.entry(ErasedManager::of::<M>()).own = Some(Factory::new(|topic, limits| {
            let rows = MemoryInterface::new(M::DESCRIPTION, topic, limits, rows)?;
            Ok(Arc::new(rows))
        }));
        self
    }

    /// The managers whose rows are in the database.
    pub(super) fn stored(&self) -> impl Iterator<Item = &'static Description> {
        let stored = self
            .managers
            .iter()
            .filter(|entry| entry.own.is_none() && entry.description.table().is_some());
        stored.map(|entry| entry.description)
    }

    fn entry(&mut self, kind: &'static ErasedManager) -> &mut Entry {
        let (manager, description) = (kind.type_id, kind.description);
        let place = self
            .managers
            .iter()
            .position(|entry| entry.manager == manager)
            .unwrap_or_else(|| {
                self.managers.push(Entry {
                    manager,
                    description,
                    exposed: 0,
                    own: None,
                });
                self.managers.len() - 1
            });
        // The place is that of an entry that was found or pushed just now.
        #[expect(clippy::indexing_slicing, reason = "the place was found or pushed just above")]
        &mut self.managers[place]
    }

    /// Opens the database, makes the tables that are missing, compares those that are there with their managers, and
    /// makes the handle.
    ///
    /// # Errors
    /// [`Error::Configuration`] when what was set does not fit together: two managers under one resource, a
    /// manager that is exposed twice, one without storage, a URL that is none, tables that do not fit. [`Error::Storage`] when the database can't be opened.
    pub async fn build(self) -> Result<Gm, Error> {
        if let Some(twice) = self.managers.iter().find(|entry| entry.exposed > 1) {
            return Err(exposed_twice(twice.description));
        }
        self.pages.check()?;
        for entry in &self.managers {
            entry.description.check_defaults()?;
        }
        #[cfg(feature = "sqlite")]
        let stored: Vec<_> = self.stored().collect();
        #[cfg(feature = "sqlite")]
        let database = self.database.open(self.read_time).await?;
        #[cfg(feature = "sqlite")]
        if let Some(database) = &database {
            database.check(stored).await?;
        }
        #[cfg(feature = "client")]
        let client = crate::client::Client::new(self.client, self.pages)?;
        let limits = ReadLimits {
            patterns: self.pattern_time,
            read: self.read_time,
        };
        let managers = Managers::default();
        let writes = Arc::new(Writes::default());
        let mut exposed: Vec<Arc<Managed>> = Vec::new();
        for entry in self.managers {
            let mut topic = Arc::new(Topic::default());
            let description = entry.description;
            #[cfg(feature = "regex")]
            description.compile_patterns()?;
            let own = match (entry.own, description.interface()) {
                (None, Some(declared)) => Some(declared().map_err(|name| not_given(description, name))?),
                (own, _) => own,
            };
            let interface: Arc<dyn ErasedInterface> = if let Some(own) = own {
                own.make(Arc::clone(&topic), limits)?
            } else if description.table().is_some() {
                #[cfg(feature = "sqlite")]
                {
                    let database = database.as_ref().ok_or_else(|| no_database(description))?;
                    database
                        .interface(description, Arc::clone(&topic), self.pattern_time)
                        .await?
                }
                #[cfg(not(feature = "sqlite"))]
                return Err(no_database(description));
            } else {
                #[cfg(feature = "client")]
                match description.remote() {
                    Some(remote) => {
                        let interface = client.connect(description, remote, true)?;
                        topic = Arc::clone(interface.cache().topic());
                        Arc::new(interface)
                    }
                    None => return Err(no_storage(description)),
                }
                #[cfg(not(feature = "client"))]
                return Err(match description.remote() {
                    Some(_) => super::no_client(description),
                    None => no_storage(description),
                });
            };
            let managed = Managed::new(interface, topic, Arc::clone(&writes));
            let managed = managers.get_or_make(entry.manager, |_| Ok(managed))?;
            if entry.exposed > 0 {
                exposed.push(Arc::clone(managed));
            }
        }
        #[cfg(feature = "server")]
        let server = crate::server::Server::new(self.server, exposed)?;
        Ok(Gm {
            inner: Arc::new(Inner {
                managers,
                pages: self.pages,
                writes,
                #[cfg(feature = "server")]
                server,
                #[cfg(feature = "client")]
                client,
                #[cfg(feature = "sqlite")]
                database,
            }),
            principal: None,
        })
    }
}

#[cfg(not(feature = "sqlite"))]
fn no_database(description: &Description) -> Error {
    Error::Configuration(format!(
        "`{}` lives in a database, and the feature `sqlite` of gm-runtime is off",
        description.name()
    ))
}

#[cfg(feature = "sqlite")]
fn no_database(description: &Description) -> Error {
    Error::Configuration(format!(
        "`{}` lives in a database, and the builder has none: add `.database(\"sqlite://..\")`",
        description.name()
    ))
}

fn exposed_twice(description: &Description) -> Error {
    Error::Configuration(format!(
        "`{}` is exposed twice: call `.expose::<{0}>()` once",
        description.name()
    ))
}

fn not_given(description: &Description, interface: &str) -> Error {
    Error::Configuration(format!(
        "`{}` lives in a `{interface}`, which has no `Default`: give the builder one with `.interface::<{0}>(..)`",
        description.name()
    ))
}

fn no_storage(description: &Description) -> Error {
    Error::Configuration(format!(
        "`{}` has no storage: give it one with `.interface::<{0}>(..)`",
        description.name()
    ))
}

impl std::fmt::Debug for GmBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let managers: Vec<_> = self
            .managers
            .iter()
            .map(|entry| entry.description.name())
            .collect();
        f.debug_struct("GmBuilder")
            .field("managers", &managers)
            .finish_non_exhaustive()
    }
}
