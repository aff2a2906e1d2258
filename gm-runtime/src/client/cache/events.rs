//! The effect of an event.

/// Invalidates the cache, then notifies the watchers. What they read after the notification is then never older than the event.
#[inline]
pub(crate) fn invalidate_then_notify(mut invalidate: impl FnMut(), mut notify: impl FnMut()) {
    let (first, then): (&mut dyn FnMut(), &mut dyn FnMut()) = guard!(
        "invalidate before notifying",
        (&mut invalidate, &mut notify),
        (&mut notify, &mut invalidate)
    );
    first();
    then();
}
