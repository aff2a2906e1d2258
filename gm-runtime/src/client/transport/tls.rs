//! Whom an `https` owner must convince.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use rustls::{ClientConfig, RootCertStore};

use crate::error::{TransportError, TransportErrorKind};

/// The TLS configuration: the application's own, or one with the system's roots, which is made when an `https` URL is
/// first asked, so that plain `http` needs neither roots nor a crypto provider.
pub(crate) struct TlsSource {
    state: Mutex<State>,
}

enum State {
    Absent,
    /// Read by a thread of its own: a runtime may rest while others wait.
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

    /// The configuration. Whoever waits for it bounds how long.
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
            // What failed may succeed for the next one.
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
        // Nobody may wait any more.
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
    // A store with a broken certificate among good ones is usual; the good ones are used.
    let (usable, _broken) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(failed(anyhow::anyhow!(
            "the system has no usable root certificates; install its `ca-certificates`, or give a configuration"
        )));
    }
    // The provider is named: a process-wide one may be missing, or be the application's choice.
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(http1_only(config))
}

/// HTTP/2 would multiplex requests over one connection, so that ending one could not close it.
fn http1_only(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
