//! Schemas: what an owner serves, as documents that consumers, tools and tests read and compare.

mod describe;
mod document;
mod error;
mod field;
mod hash;
mod limits;
mod resource;
mod sight;
mod type_word;
mod words;

pub use document::Schema;
pub use error::SchemaError;
pub use field::{FieldSchema, IntegerRange, ReferenceSchema};
pub use resource::ResourceSchema;
pub use type_word::SchemaType;

pub(crate) use describe::describe;
pub(crate) use sight::Sight;
