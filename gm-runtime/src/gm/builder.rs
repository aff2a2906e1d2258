//! The settings and managers of a handle, before it is built.

use std::any::TypeId;
use std::sync::Arc;

use super::handle::Gm;
use crate::access::RelatedIdsLimit;
use crate::change::ChangeQueueCapacity;
use crate::features::client::ClientSettings;
use crate::features::database::{DatabaseSettings, stored_answers};
use crate::features::server::ServerSettings;
use crate::health::HealthSettings;
use crate::interface::{BulkLimits, Factory, Interface, Retention, TransactionTimeLimit};
use crate::manager::{Description, Manager};
use crate::query::pattern::PatternTimeLimit;
use crate::query::{ErasedManager, PaginationLimits, ReadTimeLimit};

/// The settings and managers of a [`Gm`](crate::Gm) before it is built.
///
/// Every setting has a default. [`build`](Self::build) refuses settings that do not fit together.
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct GmBuilder {
    pub(super) managers: Vec<Entry>,
    pub(super) pattern_time: PatternTimeLimit,
    pub(super) pages: PaginationLimits,
    pub(super) related_ids: RelatedIdsLimit,
    pub(super) bulk: BulkLimits,
    pub(super) read_time: ReadTimeLimit,
    pub(super) change_queue: ChangeQueueCapacity,
    pub(super) transaction_time: TransactionTimeLimit,
    pub(super) retention: Retention,
    pub(super) database: DatabaseSettings,
    pub(super) server: ServerSettings,
    pub(super) client: ClientSettings,
    pub(super) health: HealthSettings,
}

/// A manager that the handle will have.
pub(super) struct Entry {
    pub(super) manager: TypeId,
    pub(super) description: &'static Description,
    /// How often `expose` was called for it.
    pub(super) exposed: u32,
    /// Storage that the builder was given, or memory.
    pub(super) own: Option<Factory>,
}

impl Gm {
    /// A builder without managers, database or credentials.
    pub fn builder() -> GmBuilder {
        GmBuilder::default()
    }
}

impl GmBuilder {
    /// Adds a manager and serves it to other services, as its `#[remote_api(..)]` says. [`build`](Self::build) refuses a
    /// manager that is exposed twice.
    #[cfg(feature = "server")]
    pub fn expose<M: Manager + crate::manager::Exposed>(mut self) -> Self {
        let entry = self.entry(ErasedManager::of::<M>());
        entry.exposed = entry.exposed.saturating_add(1);
        self
    }

    /// Adds a manager for this service's own code, without serving it to others. A consumer's manager need not be added. It
    /// is connected when it is first used.
    pub fn manager<M: Manager>(mut self) -> Self {
        self.entry(ErasedManager::of::<M>());
        self
    }

    /// Gives a manager storage of the application's own: a value of the type that its `#[manager(interface = ..)]` names, or
    /// of any other type in place of the storage that the struct declares.
    pub fn interface<M: Manager>(mut self, interface: impl Interface<M>) -> Self {
        self.entry(ErasedManager::of::<M>()).own = Some(Factory::of::<M>(interface));
        self
    }

    /// Stores a manager's rows in memory, in place of the database or the other service: for tests of an application.
    /// Nothing is written to disk, every query reads every row, and the rows end with the handle.
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

    /// Stores a manager's rows in memory, beginning with these rows. They are whole and have their ids, so they may have
    /// values that a create can't give, such as a `read_only` field of a consumer. An id that is assigned later is above the
    /// highest of them.
    ///
    /// The rows count as written before. Their values have the types, ranges and decimal places of their fields, and `unique`
    /// holds. Rules that are judged at a write only (lengths, `min`, `validate` and the like) are not judged.
    /// [`build`](Self::build) names a row that does not fit.
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
        self.entry(ErasedManager::of::<M>()).own = Some(Factory::new(|topic, limits, memory| {
            Ok(Arc::new(memory.rows(M::DESCRIPTION, topic, limits, rows)?))
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

    /// The tables of these managers, and the one of the answers that are stored under idempotency keys.
    pub(super) fn tables(&self) -> impl Iterator<Item = &'static Description> {
        let answers = stored_answers().filter(|_| self.stores_answers());
        self.stored().chain(answers)
    }

    /// Whether the database stores answers under idempotency keys: if a manager with rows there is exposed.
    pub(super) fn stores_answers(&self) -> bool {
        let is_served =
            |entry: &Entry| entry.exposed > 0 && entry.own.is_none() && entry.description.table().is_some();
        self.retention.time().is_some() && self.managers.iter().any(is_served)
    }

    fn entry(&mut self, vtable: &'static ErasedManager) -> &mut Entry {
        let (manager, description) = (vtable.type_id, vtable.description);
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
