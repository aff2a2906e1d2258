//! Functions of a struct under the names of other frameworks. The compile error says which function to use.

/// No type implements this trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no such function",
    label = "`create(..)` and `update()` write with `.exec(&gm)`; `get`, `all` and `query()` read",
    note = "`Struct::create(..).exec(&gm)` writes a new row, and `row.update().name(..).exec(&gm)` changes one",
    note = "`Struct::get(&gm, id)` reads one row, and `Struct::all(&gm)` or `Struct::filter(..).all(&gm)` reads rows; a query has the other verbs, such as `Struct::query().first(&gm)`"
)]
#[doc(hidden)]
pub trait HasFunction {}

/// A trait with the name of the derive, so that an import of the derive brings it into scope. Its impl has the bound, so that a
/// method of the same name in the application is not ambiguous.
// Only `save` has a receiver. The others must not become methods of every type.
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
    fn after() {}
    fn without_count() {}
    fn count_by() {}
    fn update_all() {}
    fn delete_all() {}
}

impl<T: HasFunction> GeneralManager for T {}
