//! What the derive's expansion names. Not part of the public interface.

pub use crate::field::{Field, FieldType, IntoField, Value};
pub use crate::manager::{
    Api, Creates, Deletes, Description, Details, Exposed, FieldDefault, FieldDescription, Filters,
    Invalidates, Manager, Operation, Operations, Record, RecordError, Remote, Updates,
};
pub use crate::permission::{Permissions, Rule};
pub use crate::query::{Filter, IntoOrdering, Order, Query, Rows};
pub use crate::verbs::{ById, Delete, Draft, Get, Insert, Patch, Reading, WriteKind};
pub use crate::{Error, Gm};

#[cfg(feature = "client")]
pub use crate::client::{InvalidationEvent, handle_invalidation_event, websocket_invalidation_url};
