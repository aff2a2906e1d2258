//! What the derive's expansion names. Not part of the public interface.

pub use crate::error::RecordError;
pub use crate::field::{
    FieldType, FieldValues, IntoField, NotNull, OrderedField, Unnamed, Value, ValueError, ValueType, one_of,
    validate, validate_some,
};
pub use crate::interface::{Declared, Given, Made};
pub use crate::manager::{
    Api, Creates, Deletes, Description, Details, Exposed, FieldDefault, FieldDescription, Filters,
    Invalidates, Manager, Operation, Operations, Pattern, Permissions, Record, Remote, Rule, Unpacking,
    Updates, Watches, validation,
};

pub use crate::query::{
    Conditions, Field, Filter, FilterOnly, IntoFilter, IntoOrdering, Order, OrderOnly, Ordering, Rows,
    Unqueried,
};
pub use crate::verbs::{Awaited, ById, Changes, Draft, Insert, Patch, Query, Reading, WriteKind, Writing};
pub use crate::{Error, Gm};

#[cfg(feature = "client")]
pub use crate::{
    client::InvalidationEvent,
    gm::{handle_invalidation_event, websocket_invalidation_url},
};

/// What needs the client; nothing where the feature is off, as in an owner that shares its structs with consumers.
#[cfg(feature = "client")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_client {
    ($($items:item)*) => { $($items)* };
}

/// What needs the client; nothing where the feature is off, as in an owner that shares its structs with consumers.
#[cfg(not(feature = "client"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_client {
    ($($items:item)*) => {};
}

pub use crate::__with_client as with_client;
