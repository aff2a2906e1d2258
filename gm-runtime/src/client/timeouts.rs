//! The timeouts of a request.

use std::time::Duration;

use crate::error::Error;

/// The timeouts of a request, by phase. Each has a default, and none may be zero.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use gm_runtime::{Gm, client::Timeouts};
///
/// let builder = Gm::builder().timeouts(Timeouts::new().connect(Duration::from_secs(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) response: Duration,
    pub(crate) body: Duration,
    pub(crate) request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self::new()
    }
}

impl Timeouts {
    /// The defaults: 5 s to connect, 30 s for the head of the response, 30 s for its body, 60 s for the whole request.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            connect: Duration::from_secs(5),
            response: Duration::from_secs(30),
            body: Duration::from_secs(30),
            request: Duration::from_secs(60),
        }
    }

    /// The timeout of name resolution and connection together, and again of the TLS handshake. 5 s by default.
    #[must_use]
    pub const fn connect(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// The timeout from the call to the head of the response. 30 s by default.
    #[must_use]
    pub const fn response(mut self, response: Duration) -> Self {
        self.response = response;
        self
    }

    /// The timeout of the response's body. 30 s by default.
    #[must_use]
    pub const fn body(mut self, body: Duration) -> Self {
        self.body = body;
        self
    }

    /// The timeout of the whole request. Each retry of a read has this time again. 60 s by default.
    #[must_use]
    pub const fn request(mut self, request: Duration) -> Self {
        self.request = request;
        self
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let times = [
            ("connect", self.connect),
            ("response", self.response),
            ("body", self.body),
            ("request", self.request),
        ];
        match times.iter().find(|(_, time)| time.is_zero()) {
            Some((name, _)) => Err(Error::Configuration(format!(
                "the timeout `{name}` is zero, so no request could succeed; leave it out to use the default"
            ))),
            None => Ok(()),
        }
    }
}
