//! Where a manager's rows live.

#[cfg(feature = "sqlite")]
pub(crate) mod database;
mod erased;
mod memory;
mod own;
#[cfg(feature = "client")]
pub(crate) mod remote;

#[cfg(feature = "sqlite")]
pub use database::Synchronous;
pub use own::{Interface, Updated};

pub(crate) use erased::{BoxFuture, ErasedInterface, Proposal, Write, Written};
pub(crate) use memory::MemoryInterface;
pub(crate) use own::OwnInterface;
