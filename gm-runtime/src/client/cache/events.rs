//! What an event does.

/// Passes the clock and then tells those who watch, so that what they read when they are told is read anew.
pub(crate) fn pass_and_tell(pass: impl FnOnce(), tell: impl Fn()) {
    guard!("pass before telling", (), tell());
    pass();
    tell();
}
