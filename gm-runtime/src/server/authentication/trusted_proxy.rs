//! The proxies whose headers are believed.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderName};
use ipnet::IpNet;

use super::hashed_tokens::is_name;
use super::{Presented, Rejected, Verdict};
use crate::access::Principal;
use crate::error::Error;

/// The header with the addresses of a request's client and proxies.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// The most addresses of a request that are read.
const MAX_HOPS: usize = 32;
/// The longest name of a principal, in bytes.
const MAX_NAME: usize = 256;

/// The proxies in front of the service, whose headers are believed.
///
/// [`GmBuilder::trusted_proxy`](crate::GmBuilder::trusted_proxy) takes one. Any other peer can send the same headers, so they
/// count from these addresses alone:
///
/// | header | from a trusted address | from any other |
/// |---|---|---|
/// | `X-Forwarded-For` | the client's address is the last one that is not trusted | ignored |
/// | the [header of the user](Self::user_header) | the caller is this user | 401 |
///
/// The proxy must replace these headers of its own clients, or remove them. The header `Forwarded` (RFC 7239) is not read.
///
/// ```
/// use gm_runtime::Gm;
/// use gm_runtime::server::TrustedProxy;
///
/// let proxy = TrustedProxy::new(["10.0.0.0/8", "fd00::/8", "127.0.0.1"]).user_header("x-auth-user");
/// let builder = Gm::builder().trusted_proxy(proxy);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a proxy is trusted only if it is given to `GmBuilder::trusted_proxy`"]
pub struct TrustedProxy {
    addresses: Vec<String>,
    user_header: Option<String>,
    groups_header: Option<String>,
}

impl TrustedProxy {
    /// The proxies at these addresses or in these networks (CIDR).
    ///
    /// # Errors
    /// [`build`](crate::GmBuilder::build) refuses a text that is neither.
    pub fn new<A: Into<String>>(addresses: impl IntoIterator<Item = A>) -> Self {
        Self {
            addresses: addresses.into_iter().map(Into::into).collect(),
            user_header: None,
            groups_header: None,
        }
    }

    /// The header with the name of the user whom the proxy has authenticated. None by default.
    ///
    /// A request without the header, or with an empty one, is anonymous, also if the proxy has a client certificate. A token or
    /// an API key of the request counts before the header.
    pub fn user_header(mut self, name: impl Into<String>) -> Self {
        self.user_header = Some(name.into());
        self
    }

    /// The header with the groups of the user, with commas between them. None by default. One that is no ASCII text is answered
    /// 401.
    pub fn groups_header(mut self, name: impl Into<String>) -> Self {
        self.groups_header = Some(name.into());
        self
    }
}

/// The trusted proxies of a handle.
#[derive(Default)]
pub(crate) struct Proxies {
    networks: Vec<IpNet>,
    user_header: Option<HeaderName>,
    groups_header: Option<HeaderName>,
}

impl Proxies {
    pub(super) fn new(settings: Vec<TrustedProxy>) -> Result<Self, Error> {
        let mut settings = settings.into_iter();
        let Some(proxy) = settings.next() else {
            return Ok(Self::default());
        };
        if settings.next().is_some() {
            return Err(Error::Configuration(
                "`trusted_proxy` is called twice: give one call all addresses".to_owned(),
            ));
        }
        let network = |text: &String| {
            let address = text.parse::<IpAddr>();
            let address = address.map(|address| IpNet::from(address.to_canonical()));
            let network = address.or_else(|_| text.parse::<IpNet>()).ok();
            // The IPv4 form of a peer's address is compared, so a network of mapped addresses would match none.
            let network = network.filter(|network| network.addr() == network.addr().to_canonical());
            network.ok_or_else(|| {
                Error::Configuration(format!(
                    "{text:?} of `trusted_proxy` is no address or network: expected one such as `10.0.0.0/8` or `127.0.0.1`"
                ))
            })
        };
        let header = |name: Option<String>| {
            name.map(|name| {
                name.parse().map_err(|_| {
                    Error::Configuration(format!("{name:?} of `trusted_proxy` is no name of a header"))
                })
            })
            .transpose()
        };
        Ok(Self {
            networks: proxy.addresses.iter().map(network).collect::<Result<_, _>>()?,
            user_header: header(proxy.user_header)?,
            groups_header: header(proxy.groups_header)?,
        })
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// The address of the client: that of the peer, or, behind trusted proxies, the last one in `X-Forwarded-For` that is
    /// not theirs.
    pub(crate) fn client_address(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.networks.is_empty() || !self.trust(client) {
            return client;
        }
        // Each proxy adds the address of its own peer at the end.
        let mut lists: Vec<_> = headers.get_all(FORWARDED_FOR).collect();
        lists.reverse();
        let hops = lists
            .into_iter()
            .flat_map(|list| list.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops.take(MAX_HOPS) {
            let Some(address) = std::str::from_utf8(hop).ok().and_then(address) else {
                // What is before an address that can't be read was not added by a trusted proxy.
                break;
            };
            client = address;
            if !self.trust(client) {
                break;
            }
        }
        client
    }

    /// Whether the peer is a proxy that names its users, so that a request without a name is anonymous.
    #[cfg(feature = "mtls")]
    pub(super) fn names_users(&self, peer: Option<IpAddr>) -> bool {
        self.user_header.is_some() && peer.is_some_and(|peer| self.trust(peer.to_canonical()))
    }

    /// The user whom a trusted proxy has authenticated.
    pub(super) fn user(&self, presented: &Presented<'_>, peer: Option<IpAddr>) -> Verdict {
        let Some(header) = &self.user_header else {
            return Ok(None);
        };
        if !presented.headers().contains_key(header) {
            return Ok(None);
        }
        if !peer.is_some_and(|peer| self.trust(peer.to_canonical())) {
            return Err(
                Rejected::new("the header of a proxy comes from an address that is not trusted").into(),
            );
        }
        let name = presented.header(header.as_str());
        let name =
            name.ok_or_else(|| Rejected::new("the header of the user is twice there, or is no ASCII text"))?;
        let name = name.trim();
        if name.is_empty() {
            return Ok(None);
        }
        if name.len() > MAX_NAME || !is_name(name) {
            return Err(Rejected::new("the name of the user is longer than 256 bytes").into());
        }
        let groups = self.groups_header.iter();
        let groups = groups.flat_map(|header| presented.headers().get_all(header));
        // Without some of its groups, a caller would be accepted by `!group(..)`.
        let groups = groups
            .map(|groups| groups.to_str())
            .collect::<Result<Vec<_>, _>>();
        let groups = groups.map_err(|_| Rejected::new("the header of the groups is no ASCII text"))?;
        let groups = groups
            .into_iter()
            .flat_map(|groups| groups.split(','))
            .map(str::trim);
        Ok(Some(
            Principal::named(name).with_groups(groups.filter(|group| !group.is_empty())),
        ))
    }
}

/// An address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let plain = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address = plain.parse().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}
