//! Where a manager's rows live.

#[cfg(feature = "sqlite")]
pub(crate) mod database;
mod declared;
mod erased;
mod memory;
mod own;
mod own_answers;
#[cfg(feature = "sqlite")]
pub(crate) mod sql;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
mod writes;

pub use crate::manager::updated::Updated;
pub use own::Interface;
#[cfg(feature = "sqlite")]
pub use {sql::SqlDialect, sqlite::Synchronous};

#[doc(hidden)]
pub use declared::{Declared, Given, Made, MadeInterface};

pub(crate) use declared::Factory;
pub(crate) use erased::{BoxFuture, ErasedInterface, Proposal, Write, Written};
pub(crate) use memory::MemoryInterface;
pub(crate) use own::OwnInterface;
pub(crate) use writes::{InFlight, Writes};
