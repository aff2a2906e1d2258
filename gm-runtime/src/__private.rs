//! The items that the derive's expansion uses. They are not part of the public interface.

pub use crate::condition::{CallerAttribute, Rule, RuleOperand, RuleOperator as Op};
pub use crate::error::RecordError;
pub use crate::field::{
    FieldType, FieldValues, IntoField, NotNull, OrderedField, OtherValue, Value, ValueError, ValueType,
    check_name, constant, unknown_name, validate, validate_some,
};
pub use crate::interface::{BuilderInterface, DeclaredInterface, DefaultInterface};
pub use crate::manager::{
    Api, Computed, ComputedField, ComputedFields, ComputedOf, Creates, Deletes, Description, Details,
    Exposed, FieldDefault, FieldDescription, Filters, Handles, Invalidates, Manager, NoComputedFields,
    OnDelete, Operation, Operations, Pattern, Permissions, Record, Remote, RowDecoder, Updates, Versions,
    Watches, validation,
};

pub use crate::query::{
    Conditions, Direct, Field, Filter, FilterOnly, IntoFilter, IntoOrdering, NotQueryable, Order, OrderOnly,
    Ordering, Reference, Rows, Through, condition,
};
pub use crate::verbs::{
    Awaitable, BatchDraft, ById, Changes, CreateMany, Draft, DraftKind, Insert, IntoBatch, Patch, PatchAll,
    Query, ReadFuture, ReferenceRead, SetsKeptFields, UpdateKind, WriteFuture, WriteKind, WritesMany,
    optional_reference_to, reference_to,
};
pub use crate::{Error, Gm};
pub use core::default::Default;

#[cfg(feature = "client")]
pub use crate::{
    client::InvalidationEvent,
    gm::{handle_invalidation_event, websocket_invalidation_url},
};

/// Items that need the feature `client`. An owner that shares its structs with consumers may be built without it.
#[cfg(feature = "client")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_client {
    ($($items:item)*) => { $($items)* };
}

/// Removes the items that need the feature `client`, which is off.
#[cfg(not(feature = "client"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_client {
    ($($items:item)*) => {};
}

pub use crate::__with_client as with_client;
