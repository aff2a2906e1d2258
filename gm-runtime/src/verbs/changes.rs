//! The stream of changes.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::change_receiver::{ChangeReceiver, Received};
use crate::change::{Action, Event};
use crate::error::Error;
use crate::field::FieldType;
use crate::gm::Gm;
use crate::manager::Manager;

/// A stream of the changes of a manager's rows, from the call of the manager's `changes` on.
///
/// For this service's own rows, each change arrives once it is visible to all readers. For another service's rows, the
/// events of its websocket arrive after they have invalidated the cache, so a read after an event sees at least that
/// change. A [`Refresh`](Event::Refresh) arrives each time the websocket becomes live, since earlier events may be lost.
/// [`Gm::subscription`](crate::Gm::subscription) gives the state of the websocket. The event of a write arrives after its
/// result, even for the caller that wrote.
///
/// # A slow reader
/// At most 256 changes wait for a slow reader ([`change_queue`](crate::GmBuilder::change_queue)). More become one
/// `Refresh`, which says how many it stands for ([`Event::coalesced`]).
///
/// # What an event is not
/// An [`Event`] is a hint to read again, and no message in a queue. Its documentation says what it does not promise.
///
/// # Errors and end
/// Each refusal of the subscription is [`Error::Subscription`]. The client tries again after one to two minutes, and the
/// stream goes on. [`Error::NotRegistered`] and [`Error::Configuration`] end the stream. So do
/// [`Error::PermissionDenied`] and [`Error::NoPermissions`], if the handle [acts as](Gm::acting_as) a caller who may not
/// read rows, or may not any more after [the grants changed](Gm::grants_changed). The stream keeps the handle open, and ends when the handle is [closed](Gm::close).
///
/// # Example
/// ```
/// # use gm_runtime::{GeneralManager, Gm};
/// use futures_util::TryStreamExt as _;
/// use gm_runtime::change::Event;
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "projects")]
/// # pub struct Project { #[field(id)] pub id: i64, pub name: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), gm_runtime::Error> {
/// # let gm = Gm::builder().in_memory::<Project>().build().await?;
/// let mut changes = Project::changes(&gm);
/// let alpha = Project::create(ProjectCreate { name: "Alpha".into() }).exec(&gm).await?;
/// assert_eq!(changes.try_next().await?, Some(Event::Create(alpha.id)));
/// # Ok(()) }
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct Changes<M: Manager> {
    events: BoxStream<'static, Result<Event<M::Id>, Error>>,
}

impl<M: Manager> Changes<M> {
    #[doc(hidden)]
    pub fn new(gm: &Gm) -> Self {
        // Subscribes now, not at the first poll, so that no change in between is lost.
        let receiver = gm
            .observable::<M>()
            .and_then(|_| ChangeReceiver::new::<M>(gm, gm.change_queue()));
        let receiver = match receiver {
            Ok(receiver) => receiver,
            Err(error) => {
                return Self {
                    events: stream::iter([Err(error)]).boxed(),
                };
            }
        };
        let received = stream::unfold(Some((receiver, gm.clone())), |receiving| async {
            let (mut receiver, gm) = receiving?;
            let received = receiver.next().await?;
            Some(match denied::<M>(&gm, &received) {
                Some(denied) => (Received::Ended(denied), None),
                None if matches!(received, Received::Ended(_)) => (received, None),
                None => (received, Some((receiver, gm))),
            })
        });
        let events = received.filter_map(|received| std::future::ready(event(received)));
        Self {
            events: events.fuse().boxed(),
        }
    }
}

/// The reason why the caller may not read rows any more. Only a refresh can follow from grants that changed.
fn denied<M: Manager>(gm: &Gm, received: &Received) -> Option<Error> {
    let may_follow = match received {
        Received::Change(change) => change.action() == Action::Refresh,
        Received::Coalesced(_) => true,
        Received::Refused(_) | Received::StateChanged | Received::Ended(_) => false,
    };
    gm.principal().filter(|_| may_follow)?;
    gm.observable::<M>().err()
}

fn event<Id: FieldType>(received: Received) -> Option<Result<Event<Id>, Error>> {
    match received {
        Received::Change(change) => Some(Ok(Event::of(change))),
        Received::Coalesced(coalesced) => Some(Ok(Event::Refresh { coalesced })),
        Received::Refused(error) | Received::Ended(error) => Some(Err(error)),
        Received::StateChanged => None,
    }
}

impl<M: Manager> Stream for Changes<M> {
    type Item = Result<Event<M::Id>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.as_mut().poll_next(context)
    }
}

impl<M: Manager> std::fmt::Debug for Changes<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Changes").field(&M::DESCRIPTION.name()).finish()
    }
}
