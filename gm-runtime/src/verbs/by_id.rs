//! A row that is known only by its id.

use super::{AtVersion, ReadFuture, WriteFuture};
use crate::gm::Gm;
use crate::manager::{Deletes, Details, Manager, Updates, Versions};

/// A row of `M` that is known only by its id and was not read, from `by_id`.
///
/// An update or a delete of such a row costs no read. It fails with an error for which
/// [`is_not_found`](crate::Error::is_not_found) is true if there is no such row.
///
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, #[field(max_length = 50)] pub name: String, pub status: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// Project::create(ProjectCreate { name: "a".into(), status: "active".into() }).exec(&gm).await?;
/// let row = Project::by_id(1);
/// row.update().status("done").exec(&gm).await?;
/// assert_eq!(row.get(&gm).await?.status, "done");
/// row.delete(&gm).await?;
/// assert!(row.delete(&gm).await.is_err_and(|error| error.is_not_found()));
/// # Ok(()) }
/// ```
pub struct ById<M: Manager> {
    id: M::Id,
}

impl<M: Manager> ById<M> {
    #[doc(hidden)]
    pub fn new(id: M::Id) -> Self {
        Self { id }
    }

    /// The id of the row.
    pub fn id(&self) -> &M::Id {
        &self.id
    }

    /// The row as of this version, for an update or a delete that fails if the row has another version by then.
    #[must_use]
    pub fn if_version(self, version: i64) -> AtVersion<M>
    where
        for<'x> M: Versions<'x>,
    {
        AtVersion::new(self.id, version)
    }

    /// Reads the row.
    pub fn get<'g>(&self, gm: &'g Gm) -> ReadFuture<'g, M>
    where
        for<'x> M: Details<'x>,
    {
        ReadFuture::row(gm, self.id.clone())
    }

    /// Deletes the row.
    pub fn delete<'g>(&self, gm: &'g Gm) -> WriteFuture<'g, ()>
    where
        for<'x> M: Deletes<'x>,
    {
        WriteFuture::delete::<M>(gm, &self.id)
    }

    /// Starts an update of the row. `exec` executes it.
    pub fn update(&self) -> M::Update
    where
        for<'x> M: Updates<'x>,
    {
        M::start_update(self.id.clone(), None)
    }
}

impl<M: Manager> Clone for ById<M> {
    fn clone(&self) -> Self {
        Self { id: self.id.clone() }
    }
}

impl<M: Manager> std::fmt::Debug for ById<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ById").field(&self.id).finish()
    }
}
