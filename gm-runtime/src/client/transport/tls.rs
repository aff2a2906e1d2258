//! The TLS configuration, which is loaded when it is first needed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use rustls::{ClientConfig, RootCertStore};

use crate::error::{TransportError, TransportErrorKind};

/// The TLS configuration of a handle: the application's own, or one with the root certificates of the system.
///
/// The latter is loaded for the first `https` URL, so that plain `http` needs neither root certificates nor a crypto provider.
pub(crate) struct TlsSource {
    state: Mutex<State>,
}

enum State {
    Absent,
    /// Loaded by a thread of its own, since the runtime of the first caller may stop while others wait.
    Loading(Loading),
    Ready(Arc<ClientConfig>),
}

type Loading = Shared<BoxFuture<'static, Result<Arc<ClientConfig>, TransportError>>>;

impl TlsSource {
    pub(crate) fn new(own: Option<ClientConfig>) -> Self {
        let state = own.map_or(State::Absent, |own| State::Ready(Arc::new(http1_only(own))));
        Self {
            state: Mutex::new(state),
        }
    }

    /// The configuration. The caller limits the time.
    pub(crate) async fn config(&self) -> Result<Arc<ClientConfig>, TransportError> {
        let loading = {
            let mut state = self.lock();
            match &*state {
                State::Ready(config) => return Ok(Arc::clone(config)),
                State::Loading(loading) => loading.clone(),
                State::Absent => {
                    let loading = load();
                    *state = State::Loading(loading.clone());
                    loading
                }
            }
        };
        let loaded = loading.clone().await;
        let mut state = self.lock();
        if matches!(&*state, State::Loading(known) if known.ptr_eq(&loading)) {
            // After an error the next caller tries again.
            *state = loaded.clone().map_or(State::Absent, State::Ready);
        }
        loaded
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load() -> Loading {
    let stopped =
        |source: anyhow::Error| TransportError::new(TransportErrorKind::Stopped).with_source(source);
    let (sender, loaded) = oneshot::channel();
    let thread = std::thread::Builder::new().name("gm-tls-roots".to_owned());
    let thread = thread.spawn(move || {
        // All callers may be cancelled.
        let _ = sender.send(with_system_roots().map(Arc::new));
    });
    async move {
        thread.map_err(|error| stopped(error.into()))?;
        loaded.await.map_err(|error| stopped(error.into()))?
    }
    .boxed()
    .shared()
}

fn with_system_roots() -> Result<ClientConfig, TransportError> {
    let failed = |source: anyhow::Error| TransportError::new(TransportErrorKind::Tls).with_source(source);
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Many systems have some broken certificates among the good ones. Only the good ones are used.
    let (usable, _broken) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(failed(anyhow::anyhow!(
            "the system has no usable root certificates; install its `ca-certificates`, or set `GmBuilder::tls`"
        )));
    }
    // A process-wide provider may be missing, or be the application's choice.
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(http1_only(config))
}

/// With HTTP/2 several requests share a connection, so ending one request could not close it.
fn http1_only(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
