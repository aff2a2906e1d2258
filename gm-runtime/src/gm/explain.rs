//! What the rules decide about a caller, for the service's own code.

use super::Gm;
use crate::access::{Explanation, Managed, Principal};
use crate::error::Error;
use crate::field::FieldType as _;
use crate::manager::{Manager, Operation};

impl Gm {
    /// Explains what the rules of `M` decide about an operation of a caller: which rule decided, by which of its parts, and what
    /// the caller lacks for them.
    ///
    /// `id`: the row of a detail, an update or a delete. It is read anew. Without one, and for a create, only what the caller
    /// decides is explained. Values of an update are not known, so what depends on them counts as not decided.
    ///
    /// The explanation is for the service's own code and its log. It tells of rows that the caller may not read.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// use gm_runtime::access::Principal;
    /// use gm_runtime::manager::Operation;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # #[permission(read = public, delete = nobody)]
    /// # #[remote_api(resource = "projects", allow_filter, allow_delete)]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// # let alpha = Project::create(ProjectCreate { name: "Alpha".into() }).exec(&gm).await?;
    /// let ada = Principal::named("ada");
    /// let explanation = gm.explain::<Project>(&ada, Operation::Delete, Some(alpha.id)).await?;
    /// assert!(!explanation.is_allowed());
    /// assert_eq!(
    ///     explanation.to_string(),
    ///     "delete of `Project`: denied by `delete = nobody`: `nobody` does not hold (only the service's own code may)"
    /// );
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotRegistered`], [`Error::NoPermissions`], the errors of the storage, and [`Error::PermissionDenied`] on a
    /// handle that [acts as](Self::acting_as) a caller.
    pub async fn explain<M: Manager>(
        &self,
        principal: &Principal,
        operation: Operation,
        id: Option<M::Id>,
    ) -> Result<Explanation, Error> {
        let managed = self.own_code::<M>(operation)?;
        managed
            .explain(principal, operation, id.map(|id| id.into_value()))
            .await
    }

    /// Whether the rules of `M` allow a caller this operation, for a user interface that shows what can be done.
    ///
    /// It is advisory. Each operation is judged again when it is carried out, with the row that is there then, and with the new
    /// values. What depends on a row that is not given, or on new values, counts as allowed. A row that does not exist allows
    /// nothing.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// use gm_runtime::access::Principal;
    /// use gm_runtime::manager::Operation;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # #[permission(read = public, create = authenticated)]
    /// # #[remote_api(resource = "projects", allow_filter, allow_create)]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// assert!(gm.may::<Project>(&Principal::named("ada"), Operation::Create, None).await?);
    /// assert!(!gm.may::<Project>(&Principal::anonymous(), Operation::Create, None).await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of [`explain`](Self::explain).
    pub async fn may<M: Manager>(
        &self,
        principal: &Principal,
        operation: Operation,
        id: Option<M::Id>,
    ) -> Result<bool, Error> {
        let managed = self.own_code::<M>(operation)?;
        managed
            .may(principal, operation, id.map(|id| id.into_value()))
            .await
    }

    /// The manager, for the service's own code alone.
    fn own_code<M: Manager>(&self, operation: Operation) -> Result<&Managed, Error> {
        if self.principal().is_some() {
            return Err(Error::PermissionDenied {
                manager: M::DESCRIPTION.name(),
                operation,
            });
        }
        Ok(self.managed::<M>()?)
    }
}
