//! A row that is known by its id and its version.

use super::WriteFuture;
use crate::gm::Gm;
use crate::manager::{Deletes, Manager, Updates, Versions};

/// A row of `M` that is known by its id and its version, from [`ById::if_version`](super::ById::if_version).
///
/// It is for a version that comes from elsewhere, such as the form of a browser. An update or a delete of a row that was read
/// expects the version that was read anyway.
///
/// Both verbs fail with [`Error::Stale`](crate::Error::Stale) if the row has another version by then.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "tickets")]
/// # pub struct Ticket { #[field(id)] pub id: i64, pub title: String, #[field(version)] pub version: i64 }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Ticket>().build().await?;
/// Ticket::create(TicketCreate { title: "a".into() }).exec(&gm).await?;
/// let first = Ticket::by_id(1).if_version(1);
/// assert_eq!(first.update().title("b").exec(&gm).await?.version, 2);
/// assert!(first.update().title("c").exec(&gm).await.is_err_and(|error| error.is_stale()));
/// # Ok(()) }
/// ```
pub struct AtVersion<M: Manager> {
    id: M::Id,
    version: i64,
}

impl<M: Manager> AtVersion<M> {
    pub(super) fn new(id: M::Id, version: i64) -> Self {
        Self { id, version }
    }

    /// The id of the row.
    pub fn id(&self) -> &M::Id {
        &self.id
    }

    /// The version that the row must have.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Deletes the row.
    pub fn delete<'g>(&self, gm: &'g Gm) -> WriteFuture<'g, ()>
    where
        for<'x> M: Deletes<'x>,
    {
        WriteFuture::delete::<M>(gm, &self.id).expect_version(Some(self.version))
    }

    /// Starts an update of the row. `exec` executes it.
    pub fn update(&self) -> M::Update
    where
        for<'x> M: Updates<'x> + Versions<'x>,
    {
        M::start_update(self.id.clone(), Some(self.version))
    }
}

impl<M: Manager> Clone for AtVersion<M> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            version: self.version,
        }
    }
}

impl<M: Manager> std::fmt::Debug for AtVersion<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AtVersion")
            .field(&self.id)
            .field(&self.version)
            .finish()
    }
}
