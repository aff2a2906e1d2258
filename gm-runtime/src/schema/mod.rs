//! Schemas: what an owner serves, as documents that consumers, tools and tests read and compare.

mod check;
mod compare;
mod describe;
mod document;
mod error;
mod expected;
mod field;
mod hash;
mod limits;
mod resource;
mod sight;
mod type_word;
mod words;

pub use compare::{Breaks, Difference, DifferenceKind};
pub use document::Schema;
pub use error::SchemaError;
pub use field::{FieldSchema, IntegerRange, ReferenceSchema};
pub use resource::ResourceSchema;
pub use type_word::SchemaType;

pub(crate) use compare::compare_with_owner;
pub(crate) use describe::describe;
pub(crate) use expected::expected;
pub(crate) use sight::Sight;
