//! Whether a URL is one of this machine.

use std::net::IpAddr;

use url::{Host, Url};

/// Whether the host of the URL is a loopback address, so that nothing on the network can read what is sent.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}
