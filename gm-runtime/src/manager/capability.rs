//! Traits of the operations that a manager allows. A verb of another operation is a compile error.

// None has `Manager` as a supertrait: if the struct lacks a bound of that trait, each impl would report it again.
//
// The derive writes `where for<'x> Self: Deletes<'x>` on a verb that is not allowed. Without the higher-ranked lifetime, such a
// bound would be an error at the function and not at its call (rust-lang/rust#48214).

/// A manager whose rows this program may query: `filter`, `exclude`, `all`, `count` and the other verbs of a query.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be queried: `filter` is not among its operations",
    label = "`filter` is not allowed",
    note = "a consumer's manager has the operations in `operations(..)` of its `#[remote_manager]`; a generated client has those of the owner's `#[remote_api]`"
)]
pub trait Filters<'x> {}

/// A manager whose rows this program may read one by one: `get`.
#[diagnostic::on_unimplemented(
    message = "a row of `{Self}` can't be read by its id: `detail` is not among its operations",
    label = "`detail` is not allowed",
    note = "a consumer's manager has the operations in `operations(..)` of its `#[remote_manager]`; a generated client has those of the owner's `#[remote_api]`"
)]
pub trait Details<'x> {}

/// A manager whose rows this program may create: `create`.
#[diagnostic::on_unimplemented(
    message = "a row of `{Self}` can't be created: `create` is not among its operations",
    label = "`create` is not allowed",
    note = "a consumer's manager has the operations in `operations(..)` of its `#[remote_manager]`; a generated client has those of the owner's `#[remote_api]`"
)]
pub trait Creates<'x> {}

/// A manager whose rows this program may update: `update`.
#[diagnostic::on_unimplemented(
    message = "a row of `{Self}` can't be updated: `update` is not among its operations",
    label = "`update` is not allowed",
    note = "a consumer's manager has the operations in `operations(..)` of its `#[remote_manager]`; a generated client has those of the owner's `#[remote_api]`"
)]
pub trait Updates<'x> {}

/// A manager whose rows this program may delete: `delete`.
#[diagnostic::on_unimplemented(
    message = "a row of `{Self}` can't be deleted: `delete` is not among its operations",
    label = "`delete` is not allowed",
    note = "a consumer's manager has the operations in `operations(..)` of its `#[remote_manager]`; a generated client has those of the owner's `#[remote_api]`"
)]
pub trait Deletes<'x> {}

/// A manager whose changes this program receives: `watch` and `changes`. A consumer's manager needs
/// `websocket_invalidation`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be watched: this program receives no changes of its rows",
    label = "no websocket invalidation",
    note = "add `websocket_invalidation` to its `#[remote_manager(..)]`"
)]
pub trait Watches<'x> {}

/// A manager whose rows have a version: a struct with a `#[field(version)]`.
#[diagnostic::on_unimplemented(
    message = "the rows of `{Self}` have no version",
    label = "no `#[field(version)]`",
    note = "add a field such as `#[field(version)] pub version: i64` to `{Self}`"
)]
pub trait Versions<'x> {}

/// A manager with `#[remote_api(..)]`: its rows can be served to other services.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be exposed: it has no `#[remote_api(..)]`",
    label = "no `#[remote_api(..)]`",
    note = "add `#[remote_api(resource = \"..\", allow_filter, ..)]` to `{Self}`, or register it with `.manager::<..>()`"
)]
pub trait Exposed {}

/// A consumer's manager with `websocket_invalidation`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no websocket invalidation",
    label = "no websocket invalidation",
    note = "add `websocket_invalidation` to its `#[remote_manager(..)]`"
)]
pub trait Invalidates {}
