//! The traits by which a verb that is not allowed is a compile error.

use super::Manager;

// The lifetime of these traits lets the derive write `where for<'x> Self: Deletes<'x>`: a bound that names no
// parameter of the function is an error where it is written, unless a higher-ranked lifetime delays it to the call
// (rust-lang/rust#48214).

/// A manager whose rows this program may query: `filter`, `exclude`, `all`, `count` and the like.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be queried: `filter` is not among its operations",
    label = "`filter` is not allowed",
    note = "the operations of a consumer's manager are those in `operations(..)` of its `#[remote_manager]`, or the `allow_*` flags of the `#[remote_api]` it was generated from"
)]
pub trait Filters<'x> {}

/// A manager whose rows this program may read one by one: `get`.
#[diagnostic::on_unimplemented(
    message = "a row of `{Self}` can't be read by its id: `detail` is not among its operations",
    label = "`detail` is not allowed",
    note = "the operations of a consumer's manager are those in `operations(..)` of its `#[remote_manager]`, or the `allow_*` flags of the `#[remote_api]` it was generated from"
)]
pub trait Details<'x> {}

/// A manager to which this program may add rows: `create`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be created: `create` is not among its operations",
    label = "`create` is not allowed",
    note = "the operations of a consumer's manager are those in `operations(..)` of its `#[remote_manager]`, or the `allow_*` flags of the `#[remote_api]` it was generated from"
)]
pub trait Creates<'x> {}

/// A manager whose rows this program may change: `update`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be updated: `update` is not among its operations",
    label = "`update` is not allowed",
    note = "the operations of a consumer's manager are those in `operations(..)` of its `#[remote_manager]`, or the `allow_*` flags of the `#[remote_api]` it was generated from"
)]
pub trait Updates<'x> {}

/// A manager whose rows this program may remove: `delete`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be deleted: `delete` is not among its operations",
    label = "`delete` is not allowed",
    note = "the operations of a consumer's manager are those in `operations(..)` of its `#[remote_manager]`, or the `allow_*` flags of the `#[remote_api]` it was generated from"
)]
pub trait Deletes<'x> {}

/// A manager whose changes are told to this program: `watch` and `changes`. One's own rows always, and another
/// service's with `websocket_invalidation`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be watched: nothing tells this program what changes",
    label = "no websocket invalidation",
    note = "add `websocket_invalidation` to its `#[remote_manager(..)]`"
)]
pub trait Watches<'x> {}

/// A manager with `#[remote_api(..)]`: its rows can be served to other services.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `#[remote_api(..)]`, so there is nothing to expose",
    label = "not exposed by a `#[remote_api(..)]`",
    note = "add `#[remote_api(resource = \"..\", allow_filter, ..)]` to `{Self}`, or take it in with `.manager::<..>()`"
)]
pub trait Exposed: Manager {}

/// A consumer's manager with `websocket_invalidation`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no websocket invalidation",
    label = "no websocket invalidation",
    note = "add `websocket_invalidation` to its `#[remote_manager(..)]`"
)]
pub trait Invalidates: Manager {}
