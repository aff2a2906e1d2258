//! What people look for on a struct, so that the compiler says what it is called here.

/// Holds for nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no such function",
    label = "`create(..)` and `update()` write, with `.exec(&gm)`; `get`, `all` and `query()` read",
    note = "a new row is written by `Struct::create(..).exec(&gm)`, a changed one by `row.update().name(..).exec(&gm)`",
    note = "a row is read by `Struct::get(&gm, id)`, rows by `Struct::all(&gm)` or `Struct::filter(..).all(&gm)`; other verbs are those of a query, such as `Struct::query().first(&gm)`"
)]
#[doc(hidden)]
pub trait HasFunction {}

/// The derive's name brings this into scope, and with it the words for what is not there. The bound is that of the impl: an
/// application's own method of such a name, or its own trait's, is the only one that is there.
// All but `save` without a receiver: they are no methods of other types.
#[doc(hidden)]
pub trait GeneralManager: Sized {
    fn save(self) {}
    fn insert() {}
    fn find() {}
    fn find_by_id() {}
    fn find_all() {}
    fn get_by_id() {}
    fn get_or_create() {}
    fn objects() {}
    fn select() {}
    fn first() {}
    fn one() {}
    fn exists() {}
    fn stream() {}
    fn watch() {}
    fn page() {}
    fn page_size() {}
}

impl<T: HasFunction> GeneralManager for T {}
