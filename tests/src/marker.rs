//! Waiting for the events of earlier writes.

use gm_runtime::{GeneralManager, Gm};
use tokio::sync::mpsc;

/// A manager without rows. Its events show how far a handle has come.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "markers")]
pub struct Marker {
    /// Assigned by the database.
    #[field(id)]
    pub id: i64,
}

/// Waits until this handle has published the events of every write that was answered before. Postgres delivers them later than the
/// answer, and all events in one order. The handle must have the manager [`Marker`].
///
/// # Panics
/// If it has not.
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]
pub async fn published(gm: &Gm) {
    let (sender, mut events) = mpsc::unbounded_channel();
    let subscription = gm.on_change::<Marker>(move |_| {
        // More events may come before the subscription ends.
        let _ = sender.send(());
    });
    let subscription = subscription.unwrap();
    gm.refresh::<Marker>().unwrap();
    events.recv().await.expect("a subscription");
    drop(subscription);
}
