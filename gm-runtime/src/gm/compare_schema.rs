//! The comparison of a consumer's struct with the schema of its owner.

use std::any::Any;

use super::Gm;
use crate::error::Error;
use crate::features::client::CachedRemote;
use crate::manager::Manager;
use crate::schema::Difference;

impl Gm {
    /// The differences of a consumer's struct from the schema that its owner has now, as this service's credentials see it.
    ///
    /// The client compares by itself: see [`GmBuilder::check_schemas`](crate::GmBuilder::check_schemas). This is for a test, a
    /// health check or a report. It is one request, whatever was compared before.
    ///
    /// ```no_run
    /// use gm_runtime::schema::Breaks;
    /// # use gm_runtime::{GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[remote_manager(base_url = "http://localhost", resource = "tickets")]
    /// # pub struct RemoteTicket { #[field(id)] pub id: i64, pub priority: i64 }
    /// # async fn example(gm: &Gm) -> Result<(), gm_runtime::Error> {
    /// for difference in gm.compare_schema::<RemoteTicket>().await? {
    ///     if difference.breaks > Breaks::Nobody {
    ///         // `RemoteTicket.priority` is an integer here and text at the owner
    ///         println!("{difference}");
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an owner without schemas, and the errors of a read. [`Error::Configuration`] if the rows of `M` are
    /// in this service.
    pub async fn compare_schema<M: Manager>(&self) -> Result<Vec<Difference>, Error> {
        let managed = self.managed::<M>()?;
        let interface: &dyn Any = &**managed.interface();
        match interface.downcast_ref::<CachedRemote>() {
            Some(remote) => remote.compare_schema().await,
            None => Err(Error::Configuration(format!(
                "the rows of `{}` are in this service, so there is no schema of another one to compare with",
                M::DESCRIPTION.name()
            ))),
        }
    }
}
