//! The socket on which a service listens.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

use crate::gm::Gm;

/// Connections that wait to be accepted, as of actix's own listeners.
const BACKLOG: i32 = 1_024;

impl Gm {
    /// Listens on the first of these addresses that is free, for `HttpServer::listen` (or `listen_rustls_0_23`). A peer
    /// that takes nothing of what is sent to it for
    /// [`send_time_limit`](crate::GmBuilder::send_time_limit) is cut off.
    ///
    /// A server can't do that itself: it does not look at an answer again until its peer has taken what was there before. So
    /// the kernel does it (`TCP_USER_TIMEOUT`), where it is Linux. Elsewhere a proxy in front of the service has to close such
    /// connections.
    ///
    /// # Errors
    /// When no address is free, or the name is not known.
    pub fn listener(&self, addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
        let mut failed = io::Error::new(io::ErrorKind::InvalidInput, "there is no address to listen on");
        for address in addresses.to_socket_addrs()? {
            match self.listen_on(address) {
                Ok(listener) => return Ok(listener),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn listen_on(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // On Windows it means that others may take the address away.
        #[cfg(not(windows))]
        socket.set_reuse_address(true)?;
        let limit = self.server().send_time();
        // The connections that are accepted inherit it.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        socket.set_tcp_user_timeout(Some(limit))?;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let _ = limit;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    }
}
