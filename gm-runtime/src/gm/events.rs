//! Changes that are made past the framework: published, and suspended where they are missed.

use super::Gm;
use crate::access::Managed;
use crate::change::{Change, Event};
use crate::error::Error;
use crate::field::FieldType as _;
use crate::manager::{Manager, Purpose};

/// Changes that are made past the framework.
///
/// A write by a verb or over REST publishes its change itself. Rows that another program writes, such as a batch job or the
/// database behind storage of the application's own, change without the framework. These methods say so.
impl Gm {
    /// Publishes that anything in `M` may have changed: for rows that are written past the framework.
    ///
    /// Every subscriber receives a refresh: websockets, [`on_change`](Self::on_change), streams of changes and live queries.
    /// Of another service's rows the cache serves nothing that it had before. Where the row is known,
    /// [`publish`](Self::publish) costs the consumers less.
    ///
    /// # Errors
    /// [`Error::NotRegistered`]. [`Error::PermissionDenied`] and [`Error::NoPermissions`] on a handle that
    /// [acts as](Self::acting_as) a caller who may not read rows, or write none.
    pub fn refresh<M: Manager>(&self) -> Result<(), Error> {
        self.published::<M>()?.publish(&Change::refresh());
        Ok(())
    }

    /// Publishes what happened to one row of `M` that was written past the framework.
    ///
    /// Every subscriber receives the event as it receives that of a write by a verb: websockets,
    /// [`on_change`](Self::on_change), streams of changes and live queries. Publish after the change is visible to every
    /// reader, since subscribers read again at once. An event too many is harmless. An event too few leaves answers in the
    /// consumers' caches that are no longer true.
    ///
    /// Of another service's rows the cache serves nothing about the row that it had before, as if the owner had sent the
    /// event. Nothing is sent to the owner.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// use gm_runtime::change::{Action, Event};
    /// use gm_runtime::field::Value;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let subscription = gm.on_change::<Project>(move |change| {
    ///     let _ = sender.send((change.action(), change.id().cloned()));
    /// })?;
    /// // The nightly import has changed row 7.
    /// gm.publish::<Project>(Event::Update(7))?;
    /// assert_eq!(receiver.recv(), Ok((Action::Update, Some(Value::Integer(7)))));
    /// # drop(subscription);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`refresh`](Self::refresh), and [`Error::Invalid`] for an id that no row can have, such as text with U+0000.
    pub fn publish<M: Manager>(&self, event: Event<M::Id>) -> Result<(), Error> {
        let managed = self.published::<M>()?;
        let change = match event.id() {
            None => Change::refresh(),
            Some(id) => {
                let field = M::DESCRIPTION.id_field();
                let id = field
                    .normalize(id.to_value(), Purpose::Compare)
                    .map_err(|error| M::DESCRIPTION.invalid(M::DESCRIPTION.id_index(), error))?;
                Change::row(event.action(), id)
            }
        };
        managed.publish(&change);
        Ok(())
    }

    /// Suspends the events of `M`: for storage whose own feed of changes has ended, so that changes are missed.
    ///
    /// A consumer's cache relies on the owner's promise that every change is sent. This withdraws the promise. The websockets
    /// of the subscribers are closed with code 1013 (try again later), and handshakes are answered 503. The consumers' caches
    /// then serve nothing that they had before, and the consumers connect again with backoff until
    /// [`resume_events`](Self::resume_events). REST answers go on.
    ///
    /// [`on_change`](Self::on_change), streams of changes and live queries of this process stay. They receive what is written
    /// through the framework meanwhile, and a refresh at the resumption. The same holds for a manager of another service:
    /// what is suspended are the subscribers of this gateway.
    ///
    /// The events stay suspended until they are resumed. There is no guard that would resume them when it is dropped: the
    /// task that follows the feed may panic, and then the feed is as dead as before. A second call changes nothing.
    ///
    /// ```
    /// # use gm_runtime::{Error, GeneralManager, Gm};
    /// # use gm_runtime::change::Event;
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # struct Feed;
    /// # impl Feed {
    /// #     async fn connect() -> Self { Self }
    /// #     async fn next(&mut self) -> Option<i64> { None }
    /// # }
    /// async fn follow(gm: Gm) -> Result<(), Error> {
    ///     loop {
    ///         gm.suspend_events::<Project>()?;
    ///         let mut feed = Feed::connect().await;
    ///         // From here on no change is missed.
    ///         gm.resume_events::<Project>()?;
    ///         while let Some(id) = feed.next().await {
    ///             gm.publish::<Project>(Event::Update(id))?;
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`refresh`](Self::refresh).
    pub fn suspend_events<M: Manager>(&self) -> Result<(), Error> {
        self.published::<M>()?.topic().set_suspended(true);
        Ok(())
    }

    /// Resumes the events of `M` after [`suspend_events`](Self::suspend_events), and publishes a refresh. Changes nothing
    /// where they are not suspended.
    ///
    /// Call it once no further change is missed.
    ///
    /// # Errors
    /// Those of [`refresh`](Self::refresh).
    pub fn resume_events<M: Manager>(&self) -> Result<(), Error> {
        let managed = self.published::<M>()?;
        if managed.topic().set_suspended(false) {
            managed.publish(&Change::refresh());
        }
        Ok(())
    }

    /// How many changes wait for one reader of a stream.
    pub(crate) fn change_queue(&self) -> usize {
        self.inner.change_queue.0
    }

    /// The manager, where this handle may publish its changes.
    fn published<M: Manager>(&self) -> Result<&Managed, Error> {
        let managed = self.managed::<M>()?;
        managed.require_refresh(self.principal())?;
        Ok(managed)
    }
}
