//! The provider of credentials, which an application can implement.

use std::future::Future;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::credential::Credential;
use crate::client::Transport;
use crate::error::CredentialError;

/// A provider of credentials for the requests and the websockets to other services.
///
/// [`GmBuilder::credentials`](crate::GmBuilder::credentials) takes one. With the framework come [`TokenFile`](super::TokenFile)
/// and [`ClientCredentials`](super::ClientCredentials). A token that never changes needs no provider: see
/// [`GmBuilder::bearer_token`](crate::GmBuilder::bearer_token).
///
/// # When it is called
/// - Before the first request, and when a request needs a credential and the last one has ended. The request waits.
/// - Between a half and three quarters of the credential's life, while the last one is still used. A request or an open
///   websocket causes this.
/// - After an owner answered 401, or closed a websocket with 4408 or 4401, at most once in 10 s, or as soon as its
///   [`version`](Self::version) differs. The request is then sent again, once. A write is sent again only if the new credential
///   stands for the same [identity](Credential::of).
/// - While an owner goes on to refuse the websocket: after 10 to 20 s. The delay doubles up to five to ten minutes.
///
/// There is one call at a time, whose result all requests share. It runs on a thread of its own, in a tokio runtime, and
/// continues if the request that caused it is cancelled.
///
/// # Limits
/// [`GmBuilder::credential_time_limit`](crate::GmBuilder::credential_time_limit) ends a call, 10 s by default. After a failure
/// the next call is after a backoff of 100 ms to 60 s, or once its [`version`](Self::version) differs. Until then requests
/// without a valid credential fail with the same error, [`Error::Credential`](crate::Error::Credential).
///
/// # Example
/// ```
/// use std::time::Duration;
/// use gm_runtime::Gm;
/// use gm_runtime::client::{Credential, CredentialProvider, CredentialRequest};
/// use gm_runtime::error::CredentialError;
///
/// struct Vault;
///
/// impl CredentialProvider for Vault {
///     async fn credential(&self, _: &CredentialRequest) -> Result<Credential, CredentialError> {
///         let token = std::env::var("VAULT_TOKEN").map_err(CredentialError::other)?;
///         Ok(Credential::bearer(token)
///             .lasting(Duration::from_secs(600))
///             .of("billing"))
///     }
/// }
///
/// let builder = Gm::builder().credentials(Vault);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no credentials: it does not implement `CredentialProvider`",
    label = "does not implement `CredentialProvider`",
    note = "a token that never changes is set with `bearer_token(..)`; for others see `client::TokenFile` and `client::ClientCredentials`"
)]
pub trait CredentialProvider: Send + Sync + 'static {
    /// A credential that is valid now.
    ///
    /// # Errors
    /// [`CredentialError::other`] if there is none. The message is logged, so it must not contain the token.
    fn credential(
        &self,
        request: &CredentialRequest,
    ) -> impl Future<Output = Result<Credential, CredentialError>> + Send;

    /// A number that differs once there is another credential than at the last call, such as a hash of a file's modification
    /// time. `None`, the default, if only a call can find out.
    ///
    /// After a failure or a rejection it is compared at most once a second, while a request or a websocket needs a credential.
    /// Another number ends the backoff. Like a call it runs on a thread of its own.
    fn version(&self) -> Option<u64> {
        None
    }

    /// The name of the provider in logs: by default its type. It must not contain a secret. It is read once, when the handle is
    /// built.
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }

    /// Checks the configuration, when the handle is built.
    ///
    /// # Errors
    /// A message that says what is wrong and what to do. It becomes [`Error::Configuration`](crate::Error::Configuration).
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
}

/// Creates a transport for responses of at most this many bytes.
pub(crate) type Connect = Arc<dyn Fn(usize) -> Arc<dyn Transport> + Send + Sync>;

/// Why a credential is needed.
pub struct CredentialRequest {
    pub(super) rejected: bool,
    pub(super) connect: Connect,
}

impl CredentialRequest {
    /// Whether an owner rejected the last credential before its end. A provider with a cache of its own must not give the
    /// same credential again.
    #[must_use]
    pub fn was_rejected(&self) -> bool {
        self.rejected
    }

    /// The handle's transport, for responses of at most this many bytes.
    pub(super) fn transport(&self, max_received_bytes: usize) -> Arc<dyn Transport> {
        (self.connect)(max_received_bytes)
    }
}

impl std::fmt::Debug for CredentialRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialRequest")
            .field("rejected", &self.rejected)
            .finish_non_exhaustive()
    }
}

/// A [`CredentialProvider`] without its type.
pub(crate) trait ErasedProvider: Send + Sync {
    fn credential<'a>(
        &'a self,
        request: &'a CredentialRequest,
    ) -> BoxFuture<'a, Result<Credential, CredentialError>>;

    fn version(&self) -> Option<u64>;

    fn name(&self) -> String;

    fn check(&self) -> Result<(), String>;
}

impl<P: CredentialProvider> ErasedProvider for P {
    fn credential<'a>(
        &'a self,
        request: &'a CredentialRequest,
    ) -> BoxFuture<'a, Result<Credential, CredentialError>> {
        CredentialProvider::credential(self, request).boxed()
    }

    fn version(&self) -> Option<u64> {
        CredentialProvider::version(self)
    }

    fn name(&self) -> String {
        CredentialProvider::name(self)
    }

    fn check(&self) -> Result<(), String> {
        CredentialProvider::check(self)
    }
}
