//! Where a manager's rows live.

#[cfg(feature = "sqlite")]
pub(crate) mod database;
mod declared;
mod erased;
mod memory;
mod own;
mod own_answers;
mod writes;

#[cfg(feature = "sqlite")]
pub use database::{SqlDialect, Synchronous};
pub use own::{Interface, Updated};

#[doc(hidden)]
pub use declared::{Declared, Given, Made, MadeInterface};

pub(crate) use declared::Factory;
pub(crate) use erased::{BoxFuture, ErasedInterface, Proposal, Write, Written};
pub(crate) use memory::MemoryInterface;
pub(crate) use own::OwnInterface;
pub(crate) use writes::{InFlight, Writes};
