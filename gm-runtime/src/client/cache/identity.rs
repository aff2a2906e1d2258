//! A change of the identity for which the credentials stand.

use super::Reads;

/// Ends the cache's use of the former identity. Called before the first request for the new one is sent.
///
/// No answer to the former identity is served any more. Its subscription does not affect the cache, since its events are about
/// the rows that the former identity may read.
pub(crate) fn change_identity<V, E>(reads: &Reads<V, E>, identity: u64)
where
    V: Clone + Send + Sync + 'static,
    E: Clone + Send + Sync + 'static,
{
    let mut latest = reads.source.lock();
    if latest.identity == identity {
        return;
    }
    latest.identity = identity;
    guard!(
        "an identity change ends the subscription",
        {
            latest.number = latest.number.wrapping_add(1);
            reads.validity.close();
            reads.lease.release();
        },
        ()
    );
    guard!(
        "an identity change invalidates all",
        reads.validity.invalidate_all(),
        ()
    );
}
