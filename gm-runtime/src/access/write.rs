//! Writes that a caller is allowed.

use super::Managed;
use crate::error::Error;
use crate::field::Value;
use crate::interface::{Proposal, Write, Written};
use crate::manager::Operation;
use crate::principal::Principal;

impl Managed {
    /// Carries out a write, where the caller is allowed it and its values fit.
    pub(crate) async fn write(&self, write: Write, principal: Option<&Principal>) -> Result<Written, Error> {
        let (operation, id) = match &write {
            Write::Create(_) => (Operation::Create, None),
            Write::Update(id, _) => (Operation::Update, Some(id.clone())),
            Write::Delete(id, _) => (Operation::Delete, Some(id.clone())),
        };
        self.write_with(operation, id.as_ref(), || Ok(write.into()), principal)
            .await
    }

    /// Carries out a write that is made late. The contract orders the refusals: a row that does not exist, then a denied
    /// permission, then what is wrong with the write.
    pub(crate) async fn write_with<E: From<Error>>(
        &self,
        operation: Operation,
        id: Option<&Value>,
        make: impl FnOnce() -> Result<Proposal, E>,
        principal: Option<&Principal>,
    ) -> Result<Written, E> {
        let permitted = self.require(operation, principal);
        let permitted_caller = permitted.is_ok() && principal.is_some();
        let judged = permitted
            .map_err(E::from)
            .and_then(|()| make())
            .and_then(|proposal| self.interface.judge(proposal).map_err(E::from));
        let written = match (judged, id) {
            (Ok(write), _) => self.carry_out(write).await?,
            (Err(error), Some(id)) => return Err(self.refusal(id, error, permitted_caller).await),
            (Err(error), None) => return Err(error),
        };
        match (written, id) {
            (Written::Missing, Some(id)) => Err(self.not_found(id).into()),
            (Written::Row(_), _) if !self.allows(Operation::Detail, principal) => Ok(Written::Unreadable),
            (written, _) => Ok(written),
        }
    }

    async fn carry_out(&self, write: Write) -> Result<Written, Error> {
        let in_flight = self.writes.begin()?;
        self.interface.write(write, None, in_flight).await
    }
}
