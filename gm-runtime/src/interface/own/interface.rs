//! The trait that own storage implements.

use std::future::Future;

use crate::error::Error;
use crate::interface::Updated;
use crate::manager::{Manager, Values};
use crate::query::{Page, Select};

/// An application's own storage for the rows of `M`.
///
/// `#[manager(interface = Type)]` on the struct names the type. The builder makes the storage by [`Default`], or is given
/// it by [`GmBuilder::interface`](crate::GmBuilder::interface).
///
/// # What is checked before a call
///
/// Fields exist, values fit them, defaults are filled in, and permissions hold. With `#[manager(validate)]`, so is the
/// row as a whole. For an update, that is the row that [`get`](Self::get) gives just before. Two updates at once may each
/// be valid while their sum is not.
///
/// # What is checked of an answer
///
/// A row of another id, a row twice, a row that is not behind the cursor, more rows than a page has, and a total that does
/// not fit the rows are [`Error::Storage`].
///
/// # Fields that the owner keeps
///
/// A `#[field(version)]`, `#[field(created)]` and `#[field(updated)]` are among the values of [`create`](Self::create) and
/// [`update`](Self::update), and are stored like others. The framework compares the version that a write expects with the row
/// that [`get`](Self::get) gives just before, while no other write of this process changes the row. Storage that several
/// processes write must compare it itself: the stored version must be one less than the one among the values. Otherwise the
/// storage returns [`Error::stale`].
///
/// # Changes
///
/// The framework publishes the change after a write. Storage that is written past the framework, too, publishes those
/// changes by [`Gm::publish`](crate::Gm::publish) and [`Gm::refresh`](crate::Gm::refresh).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no storage of `{M}`: it does not implement `Interface<{M}>`",
    label = "does not implement `Interface<{M}>`",
    note = "the rows of `{M}` live where `impl Interface<{M}> for ..` says how they are queried, created, updated and deleted"
)]
pub trait Interface<M: Manager>: Send + Sync + 'static {
    /// Reads the rows that match.
    ///
    /// - Without [`Select::page`], the answer holds every row. With it, the answer holds the rows at the positions from
    ///   `(page - 1) * page_size` on, at most `page_size` of them. A position that overflows is behind the last row.
    /// - With [`Select::position`], which comes without [`Select::page`], the answer holds the first rows behind it, at most
    ///   `page_size` of them. Only storage that [applies cursors](Self::applies_cursors) gets one.
    /// - A caller may compare a field that is never null with null, or a month with 13. No row matches then.
    /// - One `stream` asks for pages of several sizes, which overlap. Storage that ignores `page` ends the stream with
    ///   [`QueryError::UnstablePages`](crate::error::QueryError::UnstablePages).
    /// - Where [`Select::count`] is true, `total_count` is wanted. It must be that of the same state as the rows.
    ///
    /// # Errors
    /// [`Error::storage`] for what the storage can't do.
    fn query(&self, select: &Select) -> impl Future<Output = Result<Page<M>, Error>> + Send;

    /// Whether [`query`](Self::query) applies the condition of the caller's rule ([`Select::condition`]).
    ///
    /// `false` by default. The framework then reads every row that matches the filters, judges the rows in memory, and makes
    /// the page itself, within [`max_rows`](crate::GmBuilder::max_rows).
    fn applies_conditions(&self) -> bool {
        false
    }

    /// Whether [`query`](Self::query) applies the position of a cursor ([`Select::position`]).
    ///
    /// `false` by default. Consumers and `stream` then read pages by their numbers, and
    /// [`Query::after`](crate::Query::after) fails with [`Error::Unsupported`](crate::Error::Unsupported).
    ///
    /// Storage that returns `true` gives each page behind a position without counting the rows before it, and sets
    /// [`Page::has_more`] where it can. [`Select::page_of`] does both. The total counts the rows before the position, too.
    fn applies_cursors(&self) -> bool {
        false
    }

    /// Reads the row of this id. `None` where there is no such row.
    ///
    /// # Errors
    /// [`Error::storage`] for what the storage can't do.
    fn get(&self, id: &M::Id) -> impl Future<Output = Result<Option<M>, Error>> + Send;

    /// Adds a row of these values, and gives it with its id.
    ///
    /// # Errors
    /// [`Error::Conflict`], or [`Error::storage`] for what the storage can't do.
    fn create(&self, values: &Values) -> impl Future<Output = Result<M, Error>> + Send;

    /// Gives these fields of a row new values. `None` where there is no such row.
    ///
    /// # Errors
    /// [`Error::Conflict`], or [`Error::storage`] for what the storage can't do.
    fn update(
        &self,
        id: &M::Id,
        values: &Values,
    ) -> impl Future<Output = Result<Option<Updated<M>>, Error>> + Send;

    /// Removes a row. `false` where there is no such row.
    ///
    /// # Errors
    /// [`Error::Conflict`], or [`Error::storage`] for what the storage can't do.
    fn delete(&self, id: &M::Id) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Removes a row, with the caller's comment for its history. Called in place of [`delete`](Self::delete), which the
    /// default calls without the comment. The comments of a create and an update are in their [`Values`].
    ///
    /// # Errors
    /// As [`delete`](Self::delete).
    fn delete_with_comment(
        &self,
        id: &M::Id,
        history_comment: Option<&str>,
    ) -> impl Future<Output = Result<bool, Error>> + Send {
        let _ = history_comment;
        self.delete(id)
    }
}
