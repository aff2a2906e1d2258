//! The keys of callers in the tables of the rate limits.

use std::hash::Hasher as _;
use std::net::IpAddr;

use siphasher::sip128::{Hasher128 as _, SipHasher24};
use uuid::Uuid;

use crate::access::Principal;

/// The half of an IPv6 address that names a network. One client usually has all addresses of a /64.
const NETWORK_BYTES: usize = 8;

/// Makes keys of callers, by a hash whose secret is random in each process.
///
/// A caller without the secret can't find names or addresses that collide. A key has the same size for any length of a name.
pub(super) struct Keys {
    secret: [u8; 16],
}

impl Keys {
    pub(super) fn new() -> Self {
        Self {
            secret: Uuid::new_v4().into_bytes(),
        }
    }

    /// The key of a named caller, or that of the address for an anonymous one.
    pub(super) fn principal(&self, principal: &Principal, address: impl FnOnce() -> Option<IpAddr>) -> u128 {
        match principal.name() {
            Some(name) => self.hash(b'n', name.as_bytes()),
            None => self.address(address()),
        }
    }

    /// The key of an address. All connections without an address have one key.
    pub(super) fn address(&self, address: Option<IpAddr>) -> u128 {
        match address.map(|address| address.to_canonical()) {
            None => self.hash(b'-', &[]),
            Some(IpAddr::V4(address)) => self.hash(b'4', &address.octets()),
            Some(IpAddr::V6(address)) => {
                let octets = address.octets();
                self.hash(b'6', octets.get(..NETWORK_BYTES).unwrap_or(&octets))
            }
        }
    }

    fn hash(&self, kind: u8, bytes: &[u8]) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.secret);
        hasher.write_u8(kind);
        hasher.write(bytes);
        hasher.finish128().as_u128()
    }
}
