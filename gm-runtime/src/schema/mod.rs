//! Schemas: what an owner serves, as documents that consumers, tools and tests read and compare.

mod document;
mod error;
mod field;
mod limits;
mod resource;
mod type_word;
mod words;

pub use document::Schema;
pub use error::SchemaError;
pub use field::{FieldSchema, IntegerRange, ReferenceSchema};
pub use resource::ResourceSchema;
pub use type_word::SchemaType;
