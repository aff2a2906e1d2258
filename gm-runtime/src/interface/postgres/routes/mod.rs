//! Routes changes to the managers that show the changed rows.

mod graph;
mod managers;
mod read;
mod relation;

pub(super) use managers::{Routes, publish};
pub(super) use read::{read_relations, relations_of};
#[allow(unused_imports, reason = "the writer uses it")]
pub(super) use relation::Relation;
