//! Named guards, which tests can remove.

/// `guard!("name", with, without)` expands to `with`.
///
/// Each guard of `docs/design/cache.md` is written with this macro. The tests compile the same files with a macro that expands to
/// `without` for one name at a time, and show that the cache then breaks its promise.
macro_rules! guard {
    ($name:literal, $with:expr, $without:expr) => {
        $with
    };
}
