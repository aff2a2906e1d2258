//! The caller that a connection slot counts for.

use std::net::{IpAddr, Ipv6Addr};

use crate::access::Principal;

/// The caller that a connection slot counts for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum SlotHolder {
    /// The authenticated callers of this name.
    Name(Box<str>),
    /// The anonymous callers of this network.
    Network(IpAddr),
}

impl SlotHolder {
    /// The holder of a socket of this caller. `None` for an anonymous caller without an address, such as one over a Unix
    /// socket.
    pub(super) fn of(principal: &Principal, address: Option<IpAddr>) -> Option<Self> {
        match principal.name() {
            Some(name) => Some(Self::Name(name.into())),
            None => address.map(network).map(Self::Network),
        }
    }
}

/// The network that one client is assumed to have: its IPv4 address, or the first 64 bits of its IPv6 address (RFC 4291,
/// 2.5.4), below which a client can choose addresses as it likes.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}
