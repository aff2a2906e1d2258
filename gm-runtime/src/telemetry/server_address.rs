//! The labels of another service's address.

use metrics::Label;

/// The host and the port of an origin such as `https://host:port`.
pub(super) fn address_labels(origin: &str) -> [Label; 2] {
    let (scheme, address) = origin.split_once("://").unwrap_or(("http", origin));
    let (host, port) = match address.rsplit_once(':') {
        // An address of IPv6 without a port ends with a bracket.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ if scheme == "https" => (address, "443"),
        _ => (address, "80"),
    };
    [
        Label::new("server.address", host.to_owned()),
        Label::new("server.port", port.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::address_labels;

    #[test]
    fn an_origin_is_a_host_and_a_port() {
        for (origin, host, port) in [
            ("http://projects.example.com", "projects.example.com", "80"),
            ("https://projects.example.com", "projects.example.com", "443"),
            ("http://127.0.0.1:8080", "127.0.0.1", "8080"),
            ("https://[::1]", "[::1]", "443"),
            ("https://[::1]:8443", "[::1]", "8443"),
        ] {
            let labels = address_labels(origin);
            assert_eq!(labels.each_ref().map(metrics::Label::value), [host, port]);
        }
    }
}
