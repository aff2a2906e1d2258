//! Through which gateways a request came, so that those which stand in a circle notice it (RFC 9110, 7.6.3).

use std::sync::Arc;

#[cfg(feature = "server")]
use uuid::Uuid;

#[cfg(feature = "server")]
use crate::query::key;

/// The longest way that is passed on: a caller may write what it likes.
#[cfg(feature = "server")]
const LONGEST: usize = 1024;

tokio::task_local! {
    /// The way of the request that is being answered, as the requests that its answer needs say it in `Via`, and the number of
    /// the way by which it came.
    static WAY: (Arc<str>, u128);
}

/// A manager's name among gateways. It is of no other one, nor of the same in another handle: a request may pass through
/// a service twice on its way to another one.
#[cfg(feature = "server")]
pub(crate) struct Via(String);

/// The way of a request that may be passed on.
#[cfg(feature = "server")]
pub(crate) struct Way(Arc<str>, u128);

/// Why a request is not passed on.
#[cfg(feature = "server")]
pub(crate) enum ViaError {
    /// It came back.
    Loop,
    /// It names more gateways than there may be.
    TooLong,
}

#[cfg(feature = "server")]
impl Via {
    pub(crate) fn new() -> Self {
        Self(format!("gm-{}", Uuid::new_v4().simple()))
    }

    /// The way of a request with these `Via`s, through this manager.
    ///
    /// # Errors
    /// When it has been here before, and when it is too long for a circle to be told from a long way.
    pub(crate) fn way<'a>(&self, sent: impl Iterator<Item = &'a str>) -> Result<Way, ViaError> {
        let Self(name) = self;
        let came = sent.collect::<Vec<_>>().join(", ");
        if came.is_empty() {
            return Ok(Way(format!("1.1 {name}").into(), 0));
        }
        if came.contains(name) {
            Err(ViaError::Loop)
        } else if came.len() > LONGEST {
            Err(ViaError::TooLong)
        } else {
            Ok(Way(format!("{came}, 1.1 {name}").into(), key(&came.as_str())))
        }
    }
}

#[cfg(feature = "server")]
impl Way {
    /// Has the requests that the answer needs say that they are passed on.
    pub(crate) async fn scope<T>(self, answer: impl Future<Output = T>) -> T {
        let Self(way, chain) = self;
        WAY.scope((way, chain), answer).await
    }
}

/// What the request that is sent now says of its way; absent where it is passed on for nobody.
pub(crate) fn header() -> Option<String> {
    WAY.try_with(|(way, _)| way.to_string()).ok()
}

/// Which way the request came that is being answered, as a number; 0 where it came from no gateway.
pub(crate) fn chain() -> u128 {
    WAY.try_with(|(_, chain)| *chain).unwrap_or_default()
}

/// The same future, which says of its requests what this task's would, whichever task polls it.
pub(crate) fn carried<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let way = WAY.try_with(Clone::clone).ok();
    async move {
        match way {
            Some(way) => WAY.scope(way, future).await,
            None => future.await,
        }
    }
}
