//! The extensions of an owner. A small query finds them out if a verb must know them before it sends anything.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use uuid::{Builder, Uuid};

use super::RemoteInterface;
use crate::client::Call;
use crate::error::{Error, Extension, Method};
use crate::protocol::features::Features;
use crate::protocol::loop_detection;
use crate::protocol::query_request::{Paging, query_body};
use crate::query::Select;

impl RemoteInterface {
    /// The extensions that the owner announced last, as far as a gateway can hand them on. None before its first reply.
    pub(crate) fn features(&self) -> Features {
        let announced = self.requester.announced().unwrap_or_default();
        announced.common(
            Features::of_rows(self.description)
                .with(Features::CURSOR)
                .with(Features::IDEMPOTENCY),
        )
    }

    /// Refuses a verb whose extension the owner does not announce.
    ///
    /// # Errors
    /// [`Error::Unsupported`], and the error of the query.
    pub(crate) async fn require(self: &Arc<Self>, extension: Extension) -> Result<(), Error> {
        let needed = match extension {
            Extension::Cursor => Features::CURSOR,
            Extension::Version => Features::VERSION,
            Extension::Idempotency => Features::IDEMPOTENCY,
            Extension::Batch => Features::BATCH,
            Extension::Counts => Features::COUNTS,
            Extension::Schema => Features::SCHEMA,
        };
        if self.known_features().await?.contains(needed) {
            return Ok(());
        }
        Err(Error::Unsupported {
            manager: self.description.name(),
            extension,
        })
    }

    /// The idempotency key of a write or a batch: that of the application, or else a new one, if the owner supports keys.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a key of the application that the owner would ignore.
    pub(super) async fn key(self: &Arc<Self>, given: Option<String>) -> Result<Option<String>, Error> {
        match given {
            Some(key) => {
                Box::pin(self.require(Extension::Idempotency)).await?;
                Ok(Some(key))
            }
            None if self.requester.idempotent_writes() => self.new_key().await,
            None => Ok(None),
        }
    }

    /// A new idempotency key for a write, if the owner supports one.
    ///
    /// # Errors
    /// That of the query. Without an answer, the write is not sent: it could not be retried.
    async fn new_key(self: &Arc<Self>) -> Result<Option<String>, Error> {
        let announced = match self.requester.announced() {
            Some(announced) => announced,
            None => Box::pin(self.known_features()).await?,
        };
        let is_supported = announced.contains(Features::IDEMPOTENCY);
        Ok(is_supported.then(random_key))
    }

    /// The extensions that the owner announced last. Before its first reply, a query finds them out.
    async fn known_features(self: &Arc<Self>) -> Result<Features, Error> {
        match self.requester.announced() {
            Some(announced) => Ok(announced),
            None => {
                let remote = Arc::clone(self);
                let send = || loop_detection::inherit(async move { remote.discover_features().await });
                self.requester.announced.discover(send).await
            }
        }
    }

    /// Sends a small query, since every reply has the header.
    async fn discover_features(&self) -> Result<Features, Error> {
        let body = query_body(self.description, &Select::new(), Paging::exactly(1, 1, false))?;
        let sent = self.requester.send(Call {
            verb: "query",
            method: Method::Post,
            url: self.endpoint.query(),
            body: Some(body),
            read: true,
            protocol_version: self.protocol_version,
            expected_version: None,
            key: None,
        });
        let sent = sent.await;
        match (self.requester.announced(), sent) {
            (Some(announced), _) => Ok(announced),
            // Owners with extensions announce them in refusals, too.
            (None, Err(Error::Remote(error))) if matches!(error.status(), 400 | 403..=407 | 409..=424) => {
                Ok(Features::NONE)
            }
            (None, sent) => sent.map(|_| Features::NONE),
        }
    }
}

/// A UUID of version 7, which begins with the time. An owner of this framework stores keys in this order.
fn random_key() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let milliseconds = u64::try_from(since.as_millis()).unwrap_or_default();
    // Without the bytes that name the version and the variant.
    let [a, b, c, d, e, f, _, _, _, g, h, i, j, ..] = *Uuid::new_v4().as_bytes();
    let random = [a, b, c, d, e, f, g, h, i, j];
    Builder::from_unix_timestamp_millis(milliseconds, &random)
        .into_uuid()
        .to_string()
}
