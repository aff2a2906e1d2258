//! The reasons for which a token is rejected, for the log. They hold nothing of the token but its issuer.

use jsonwebtoken::Algorithm;
use jsonwebtoken::errors::Error;

use super::key::Expected;
use crate::server::Rejected;

/// The most characters of a token's issuer that are logged.
const MAX_ISSUER: usize = 128;

/// The issuer has no key that may have signed the token.
pub(super) fn no_key(expected: &Expected, algorithm: Algorithm) -> Rejected {
    let issuer = &expected.issuer;
    Rejected::new(format!(
        "the issuer {issuer:?} has no {algorithm:?} key with the `kid` of the token"
    ))
}

/// The keys of the issuer have never been loaded, so the token may be a valid one.
pub(super) fn no_keys_yet(expected: &Expected) -> String {
    format!("no keys of the issuer {:?} could be loaded yet", expected.issuer)
}

/// No key of the issuer has signed the token.
pub(super) fn of_signature(expected: &Expected) -> Rejected {
    let issuer = &expected.issuer;
    Rejected::new(format!(
        "the signature is not that of a key of the issuer {issuer:?}"
    ))
}

/// The signature can't be read. The words of the crate hold nothing of the token.
pub(super) fn unreadable_signature(error: &Error, expected: &Expected) -> Rejected {
    let issuer = &expected.issuer;
    Rejected::new(format!(
        "the signature of a token of the issuer {issuer:?} can't be read: {error}"
    ))
}

/// The token is verified, and meant for another service.
pub(super) fn of_audience(expected: &Expected) -> Rejected {
    let Expected { issuer, audiences } = expected;
    Rejected::new(format!(
        "the audience (`aud`) of a token of {issuer:?} must be one of {audiences:?}"
    ))
}

/// The token names an issuer that is not accepted. That name is last, since the sender may write anything.
pub(super) fn unknown_issuer<'a>(issuer: &str, accepted: impl Iterator<Item = &'a str>) -> String {
    let accepted: Vec<_> = accepted.collect();
    let shown: String = issuer.chars().take(MAX_ISSUER).collect();
    let cut = if shown.len() < issuer.len() {
        " and more"
    } else {
        ""
    };
    format!("the issuers of `accept_jwt` are {accepted:?}, and the token names the issuer `{shown}`{cut}")
}
