//! The URL of a resource's websocket.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::client::BaseUrl;
use crate::manager::Remote;

/// All characters that are not unreserved (RFC 3986, 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `ws://host:port/prefix/base-path/ws/resource?version=v1`; `wss` if the base URL is https.
pub(crate) fn websocket_url(base_url: &BaseUrl, remote: &Remote) -> Arc<str> {
    let version = utf8_percent_encode(remote.protocol_version(), ENCODED);
    format!(
        "{}{}/ws/{}?version={version}",
        // `http` becomes `ws`, and `https` becomes `wss`.
        base_url.as_str().replacen("http", "ws", 1),
        remote.base_path(),
        remote.resource()
    )
    .into()
}
