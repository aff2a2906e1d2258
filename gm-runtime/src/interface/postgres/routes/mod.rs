//! Routes changes to the managers that show the changed rows.

mod graph;
mod managers;
mod outbox;
mod read;
mod relation;

pub(super) use managers::{Routes, publish};
pub(super) use outbox::Taken;
pub(super) use read::{read_relations, relations_of};
pub(super) use relation::Relation;
