//! Interactive transactions: those of the application, whose verbs come one after the other.
//!
//! `docs/design/transactions.md`, section Postgres, gives the reasons.

mod changes;
mod claimed_key;
mod commit;
mod locks;
mod many;
mod pool;
mod running;
mod savepoint;
mod start;
mod steps;
mod task;
mod verbs;

pub(in crate::interface::postgres) use self::pool::InteractivePool;
pub(in crate::interface::postgres) use self::steps::PostgresTransaction;
pub(in crate::interface::postgres) use self::task::begin;
