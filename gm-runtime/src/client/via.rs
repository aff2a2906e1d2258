//! Through which gateways a request came, so that those which stand in a circle notice it (RFC 9110, 7.6.3).

use std::sync::Arc;

use uuid::Uuid;

use crate::query::key;

/// The longest way that is passed on: a caller may write what it likes.
#[cfg(feature = "server")]
const LONGEST: usize = 1024;

tokio::task_local! {
    /// The way of the request that is being answered, as its `Via` says it.
    static WAY: Arc<str>;
}

/// A manager's name among gateways. It is of no other one, nor of the same in another handle: a request may pass through
/// a service twice on its way to another one.
#[derive(Clone)]
pub(crate) struct Via {
    name: Arc<str>,
}

/// The way of a request that may be passed on.
#[cfg(feature = "server")]
pub(crate) struct Way(Arc<str>);

/// Why a request is not passed on.
#[cfg(feature = "server")]
pub(crate) enum Astray {
    /// It came back.
    Circle,
    /// It names more gateways than there may be.
    TooLong,
}

impl Via {
    pub(crate) fn new() -> Self {
        Self {
            name: format!("gm-{}", Uuid::new_v4().simple()).into(),
        }
    }

    /// What the request that is sent now says of its way; absent where it is passed on for nobody.
    pub(crate) fn header(&self) -> Option<String> {
        WAY.try_with(|way| match &**way {
            "" => format!("1.1 {}", self.name),
            way => format!("{way}, 1.1 {}", self.name),
        })
        .ok()
    }

    /// The way of a request with these `Via`s.
    ///
    /// # Errors
    /// When it has been here before, and when it is too long for a circle to be told from a long way.
    #[cfg(feature = "server")]
    pub(crate) fn way<'a>(&self, sent: impl Iterator<Item = &'a str>) -> Result<Way, Astray> {
        let way = sent.collect::<Vec<_>>().join(", ");
        if way.contains(&*self.name) {
            Err(Astray::Circle)
        } else if way.len() > LONGEST {
            Err(Astray::TooLong)
        } else {
            Ok(Way(way.into()))
        }
    }
}

#[cfg(feature = "server")]
impl Way {
    /// Has the requests that the answer needs say that they are passed on.
    pub(crate) async fn scope<T>(self, answer: impl Future<Output = T>) -> T {
        WAY.scope(self.0, answer).await
    }
}

/// Which way the request came that is being answered, as a number; 0 where it came from no gateway.
pub(crate) fn chain() -> u128 {
    let way = WAY.try_with(|way| if way.is_empty() { 0 } else { key(&&**way) });
    way.unwrap_or_default()
}

/// The same future, which says of its requests what this task's would, whichever task polls it.
pub(crate) fn carried<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let way = WAY.try_with(Arc::clone).ok();
    async move {
        match way {
            Some(way) => WAY.scope(way, future).await,
            None => future.await,
        }
    }
}
