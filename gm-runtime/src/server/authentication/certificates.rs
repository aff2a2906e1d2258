//! Callers with client certificates.

use super::hashed_tokens::is_name;
use super::{Presented, Rejected, Verdict};
use crate::access::Principal;

/// The longest name of a principal, in bytes.
const MAX_NAME: usize = 256;

/// The principal of the certificate of a connection: its one URI, or its one DNS name if it has no URI.
pub(super) fn principal(presented: &Presented<'_>) -> Verdict {
    let Some(certificate) = presented.client_certificate() else {
        return Ok(None);
    };
    let one = |mut names: Box<dyn Iterator<Item = &str> + '_>| match (names.next(), names.next()) {
        (Some(name), None) => Ok(Some(name.to_owned())),
        (None, _) => Ok(None),
        _ => Err(Rejected::new("the client certificate has several names")),
    };
    let name = match one(Box::new(certificate.uris()))? {
        Some(uri) => Some(uri),
        None => one(Box::new(certificate.dns_names()))?,
    };
    let name = name.ok_or_else(|| Rejected::new("the client certificate has no URI and no DNS name"))?;
    if name.len() > MAX_NAME || !is_name(&name) {
        return Err(Rejected::new(
            "the name of the client certificate is empty, is longer than 256 bytes, or has control characters",
        )
        .into());
    }
    Ok(Some(Principal::named(name).until(certificate.ends_at())))
}
