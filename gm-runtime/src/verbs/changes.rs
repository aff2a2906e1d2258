//! The stream of changes.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::hearing::{Heard, Hearing};
use crate::change::Event;
use crate::error::Error;
use crate::field::FieldType;
use crate::gm::Gm;
use crate::manager::Manager;

/// How many changes wait for a reader before they become one refresh.
const CAPACITY: usize = 256;

/// What happens to the rows of `M`, from the call on: what a manager's `changes` gives.
///
/// Of this service's own rows it tells every change once it is visible to every reader. Of another service's rows it
/// tells the events of its websocket, after the cache has dropped what they name, so that a read after an event sees
/// at least that change; and a [`Refresh`](Event::Refresh) whenever the websocket becomes live, since anything may have
/// happened until then. How it is with the websocket, [`Gm::subscription`](crate::Gm::subscription) tells. The event of
/// a write comes after the answer to it, even to the one who wrote.
///
/// 256 changes wait for a slow reader at most: where there are more, they all become one `Refresh`.
///
/// # Errors and end
/// [`Error::Subscription`] each time the owner refuses to tell; it is asked again after a minute or two, and the stream goes
/// on. [`Error::NotRegistered`] and [`Error::Configuration`] end it, and so do [`Error::PermissionDenied`] and
/// [`Error::NoPermissions`] on a handle that [acts as](Gm::acting_as) a caller who may not read rows. It holds the handle, and ends when that is
/// [closed](Gm::close).
///
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
#[must_use = "a stream tells nothing unless it is polled"]
pub struct Changes<M: Manager> {
    events: BoxStream<'static, Result<Event<M::Id>, Error>>,
}

impl<M: Manager> Changes<M> {
    #[doc(hidden)]
    pub fn new(gm: &Gm) -> Self {
        // Now, not when it is polled: what happens between the two is told.
        let hearing = gm.heard::<M>().and_then(|_| Hearing::new::<M>(gm, CAPACITY));
        let hearing = match hearing {
            Ok(hearing) => hearing,
            Err(error) => {
                return Self {
                    events: stream::iter([Err(error)]).boxed(),
                };
            }
        };
        let heard = stream::unfold((hearing, gm.clone()), |(mut hearing, gm)| async {
            Some((hearing.next().await?, (hearing, gm)))
        });
        let events = heard.filter_map(|heard| std::future::ready(event(heard)));
        Self {
            events: events.fuse().boxed(),
        }
    }
}

fn event<Id: FieldType>(heard: Heard) -> Option<Result<Event<Id>, Error>> {
    match heard {
        Heard::Change(change) => Some(Ok(Event::of(change))),
        #[cfg(feature = "client")]
        Heard::Refused(error) => Some(Err(error)),
        #[cfg(feature = "client")]
        Heard::Moved => None,
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
