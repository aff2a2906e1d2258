//! What an event does.

/// Invalidates and then tells those who watch, so that what they read when they are told is read anew.
pub(crate) fn invalidate_then_notify(mut pass: impl FnMut(), mut tell: impl FnMut()) {
    let (first, then): (&mut dyn FnMut(), &mut dyn FnMut()) = guard!(
        "invalidate before notifying",
        (&mut pass, &mut tell),
        (&mut tell, &mut pass)
    );
    first();
    then();
}
