//! How the connections to a server are opened.

use super::url::ServerUrl;
use crate::error::Error;

/// How the connections to a server are opened.
#[derive(Clone)]
pub(crate) struct ConnectOptions {
    /// The server, or a pooler.
    pub(super) server: ServerUrl,
    /// The server itself, if the other one is a pooler.
    pub(super) listen: Option<ServerUrl>,
}

impl ConnectOptions {
    /// The options of the URL of a server, or of a pooler and of the server itself.
    pub(crate) fn of_urls(url: &str, listen_url: Option<&str>) -> Result<Self, Error> {
        let listen = listen_url.map(|url| ServerUrl::parse("database_listen_url", url));
        Ok(Self {
            server: ServerUrl::parse("database", url)?,
            listen: listen.transpose()?,
        })
    }

    /// Warns of connections that others may read.
    pub(super) fn warn_if_exposed(&self) {
        for server in [Some(&self.server), self.listen.as_ref()].into_iter().flatten() {
            server.warn_if_exposed();
        }
    }
}
