//! Tells an in-flight read when its request is sent.

use std::sync::Arc;

use super::cache::SendHook;

tokio::task_local! {
    /// The in-flight read whose requests this task sends.
    static READ: Arc<dyn SendHook>;
}

/// Runs the future such that each of its requests calls the hook just before it is sent.
pub(crate) fn with_send_hook<T>(
    read: Arc<dyn SendHook>,
    fetch: impl Future<Output = T>,
) -> impl Future<Output = T> {
    READ.scope(read, fetch)
}

/// Calls the hook of the current read. A transport calls it once a request has a connection slot and is about to leave.
pub(super) fn notify_sending() {
    // Writes have no hook: no caller shares them.
    let _ = READ.try_with(|read| read.sending());
}
