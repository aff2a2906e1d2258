//! What an event does.

/// Passes the clock and then tells those who watch, so that what they read when they are told is read anew.
pub(crate) fn pass_and_tell(mut pass: impl FnMut(), mut tell: impl FnMut()) {
    let (first, then): (&mut dyn FnMut(), &mut dyn FnMut()) = guard!(
        "pass before telling",
        (&mut pass, &mut tell),
        (&mut tell, &mut pass)
    );
    first();
    then();
}
