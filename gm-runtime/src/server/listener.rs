//! The socket on which a service listens.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that wait to be accepted, as of actix's own listeners.
const BACKLOG: i32 = 1_024;

/// Listens on the first of these addresses that is free. A peer that takes nothing for `limit` is cut off.
pub(crate) fn listen(addresses: impl ToSocketAddrs, limit: Duration) -> io::Result<TcpListener> {
    let mut failed = io::Error::new(io::ErrorKind::InvalidInput, "there is no address to listen on");
    for address in addresses.to_socket_addrs()? {
        match listen_on(address, limit) {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn listen_on(address: SocketAddr, limit: Duration) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows it means that others may take the address away.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    // The connections that are accepted inherit it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(limit))?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = limit;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
