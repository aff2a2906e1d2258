//! Loop detection: the `Via` header of requests that a gateway forwards (RFC 9110, 7.6.3).

use std::sync::Arc;

use futures_util::future::Either;
use uuid::Uuid;

use crate::query::key;

/// The longest `Via` that is forwarded.
const MAX_LENGTH: usize = 1024;

tokio::task_local! {
    /// The request that this task handles.
    static FORWARDED: Forwarded;
}

/// The name of a manager in `Via`. Each manager of each handle has its own, since a request may pass through one
/// service twice on its way to another one.
pub(crate) struct Pseudonym(String);

/// A request whose handling sends requests to other services.
#[derive(Clone)]
pub(crate) struct Forwarded {
    /// The `Via` of those requests.
    via: Arc<str>,
    /// The key of the received `Via`. 0 without one.
    chain: u128,
}

/// Why a request is not forwarded.
pub(crate) enum Refused {
    /// The request has passed through this manager before.
    Loop,
    /// The request passed through too many gateways.
    TooManyHops,
}

impl Pseudonym {
    pub(crate) fn new() -> Self {
        Self(format!("gm-{}", Uuid::new_v4().simple()))
    }

    /// Forwards a request that was received with these `Via` headers.
    ///
    /// # Errors
    /// [`Refused`] for a loop, and for headers so long that a loop can't be distinguished from a long chain.
    pub(crate) fn forward<'a>(&self, received: impl Iterator<Item = &'a str>) -> Result<Forwarded, Refused> {
        let Self(name) = self;
        let received = received.collect::<Vec<_>>().join(", ");
        if received.is_empty() {
            return Ok(Forwarded {
                via: format!("1.1 {name}").into(),
                chain: 0,
            });
        }
        if received.contains(name) {
            Err(Refused::Loop)
        } else if received.len() > MAX_LENGTH {
            Err(Refused::TooManyHops)
        } else {
            Ok(Forwarded {
                via: format!("{received}, 1.1 {name}").into(),
                chain: key(&received.as_str()),
            })
        }
    }
}

impl Forwarded {
    /// Runs the handling of the request. The requests that it sends carry the `Via`.
    pub(crate) fn scope<T>(self, handling: impl Future<Output = T>) -> impl Future<Output = T> {
        FORWARDED.scope(self, handling)
    }
}

/// The `Via` of a request that this task sends. `None` if the task handles no request.
pub(crate) fn header() -> Option<String> {
    FORWARDED.try_with(|forwarded| forwarded.via.to_string()).ok()
}

/// The key of the chain of gateways of the request that this task handles. 0 if it came from no gateway.
pub(crate) fn chain() -> u128 {
    FORWARDED
        .try_with(|forwarded| forwarded.chain)
        .unwrap_or_default()
}

/// The future with the `Via` of this task, even if another task polls it.
// Not an async block: its state would hold the future twice, and the futures of requests are large.
pub(crate) fn inherit<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    match FORWARDED.try_with(Clone::clone) {
        Ok(forwarded) => Either::Left(forwarded.scope(future)),
        Err(_) => Either::Right(future),
    }
}
