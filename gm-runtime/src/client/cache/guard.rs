//! The guards' names.

/// `guard!("name", with, without)` is `with`.
///
/// Each guard of `docs/design/cache.md` is written through this macro where it stands in the code. The tests compile
/// the same files with a macro that takes `without` for one name at a time, and show that the promise then breaks.
macro_rules! guard {
    ($name:literal, $with:expr, $without:expr) => {
        $with
    };
}
