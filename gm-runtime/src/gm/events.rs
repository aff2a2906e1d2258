//! Events of changes that are made without the framework: publish, suspend and resume.

use super::Gm;
use crate::access::Managed;
use crate::change::{Change, Event};
use crate::error::Error;
use crate::field::FieldType as _;
use crate::manager::{Manager, Purpose};

/// Events of changes that are made without the framework.
///
/// A write by a verb or over REST publishes its change itself. Another program, such as a batch job, may also write
/// rows. These methods publish such changes.
impl Gm {
    /// Publishes a refresh: any row of `M` may have changed.
    ///
    /// Every subscriber receives the refresh: websockets, [`on_change`](Self::on_change), streams of changes and live
    /// queries. If the rows are another service's, all cached answers of `M` are invalidated. If the changed row is
    /// known, [`publish`](Self::publish) costs the consumers less.
    ///
    /// # Errors
    /// [`Error::NotRegistered`]. [`Error::PermissionDenied`] and [`Error::NoPermissions`] on a handle that
    /// [acts as](Self::acting_as) a caller that may not read rows, or may write none.
    pub fn refresh<M: Manager>(&self) -> Result<(), Error> {
        self.publisher::<M>()?.publish(&Change::refresh());
        Ok(())
    }

    /// Publishes a change of one row of `M` that was made without the framework.
    ///
    /// Every subscriber receives the event, like that of a write by a verb: websockets, [`on_change`](Self::on_change),
    /// streams of changes and live queries. Publish once the change is visible to every reader, since subscribers read
    /// again at once. An additional event is harmless. A missing event leaves outdated answers in the consumers'
    /// caches.
    ///
    /// In a database, managers that show the same row receive the change too, as they do for a write: those of the same table,
    /// and those of views that read it. A view's manager gets a refresh.
    ///
    /// In Postgres, the subscribers of every replica receive it, in one order with the changes of all replicas. So it arrives a
    /// little after this call, once it came back from the database.
    ///
    /// If the rows are another service's, the cached answers about the row and the cached lists are invalidated, as by an
    /// event from the owner. Nothing is sent to the owner.
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
    /// Those of [`refresh`](Self::refresh), and [`Error::Invalid`] for an id that no row can have, such as a text with
    /// U+0000.
    pub fn publish<M: Manager>(&self, event: Event<M::Id>) -> Result<(), Error> {
        let managed = self.publisher::<M>()?;
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

    /// Suspends the events of `M`, for storage that misses changes because its own feed of changes has ended.
    ///
    /// A consumer's cache relies on the owner's guarantee that every change is sent. This call withdraws the guarantee.
    /// The websockets of the subscribers are closed with code 1013 (try again later), and handshakes are answered 503.
    /// The consumers' caches then serve no answers from before, and the consumers reconnect with backoff until
    /// [`resume_events`](Self::resume_events). REST requests are still answered.
    ///
    /// [`on_change`](Self::on_change), streams of changes and live queries of this process continue. They receive the changes
    /// that are made through the framework, and a refresh at the resumption. On a gateway, only the events for its own
    /// subscribers are suspended.
    ///
    /// The events stay suspended until they are resumed. There is no guard that resumes them when it is dropped, since
    /// the task that follows the feed may panic, and the feed is then still dead. A second call has no effect.
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
        self.publisher::<M>()?.topic().set_suspended(true);
        Ok(())
    }

    /// Resumes the events of `M` after [`suspend_events`](Self::suspend_events), and publishes a refresh.
    ///
    /// Call it once no more changes are missed. It has no effect if the events are not suspended.
    ///
    /// # Errors
    /// Those of [`refresh`](Self::refresh).
    pub fn resume_events<M: Manager>(&self) -> Result<(), Error> {
        let managed = self.publisher::<M>()?;
        if managed.topic().set_suspended(false) {
            managed.publish(&Change::refresh());
        }
        Ok(())
    }

    /// Publishes that the rows of `M` which callers may read may be different from now on, though no row of `M` changed:
    /// for a rule of the application's own that looks at something else, such as a table of memberships.
    ///
    /// Each subscriber's rule is evaluated again, with the principal that subscribed. Then the subscriber receives a refresh,
    /// since rows came in sight or left it without an event. A websocket whose caller may read no row any more is closed with
    /// 4401. Changes that are committed after the call are judged by the new rules. This holds for websockets, and for
    /// [`on_change`](Self::on_change), streams of changes and live queries of handles that [act as](Self::acting_as) a
    /// caller. The service's own code notices nothing.
    ///
    /// The subscribers of the other replicas on the same Postgres are notified too.
    ///
    /// Call it once the rule sees the new grants. An additional call costs each consumer its cached answers of `M`.
    ///
    /// ```
    /// # use gm_runtime::{GeneralManager, Gm};
    /// # #[derive(Clone, Debug, GeneralManager)]
    /// # #[database(table = "projects")]
    /// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// # let gm = Gm::builder().in_memory::<Project>().build().await?;
    /// // Ada was added to the team whose projects its members may read.
    /// gm.grants_changed::<Project>()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`refresh`](Self::refresh).
    pub fn grants_changed<M: Manager>(&self) -> Result<(), Error> {
        self.publisher::<M>()?.grants_changed();
        Ok(())
    }

    /// How many changes wait for one reader of a stream.
    pub(crate) fn change_queue(&self) -> usize {
        self.inner.change_queue.0
    }

    /// The manager, if this handle may publish its changes.
    fn publisher<M: Manager>(&self) -> Result<&Managed, Error> {
        self.require_events_of(M::DESCRIPTION)?;
        let managed = self.managed::<M>()?;
        managed.require_refresh(self.principal())?;
        Ok(managed)
    }
}
