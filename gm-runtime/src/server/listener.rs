//! The listening socket of a service.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

/// How many connections may wait to be accepted. The number is that of actix's own listeners.
const BACKLOG: i32 = 1_024;

/// Listens on the first of these addresses that is free. The kernel resets a connection whose peer acknowledges no data
/// for `limit`.
pub(crate) fn listen(addresses: impl ToSocketAddrs, limit: Duration) -> io::Result<TcpListener> {
    let mut last_error = io::Error::new(io::ErrorKind::InvalidInput, "there is no address to listen on");
    for address in addresses.to_socket_addrs()? {
        match listen_on(address, limit) {
            Ok(listener) => return Ok(listener),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

fn listen_on(address: SocketAddr, limit: Duration) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Windows this option would allow other processes to take over the address.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    // Accepted connections inherit the option.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(limit))?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = limit;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
