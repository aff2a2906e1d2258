//! The reasons for which a token is rejected, for the log. They hold nothing of the token but its issuer.

use jsonwebtoken::Algorithm;
use jsonwebtoken::errors::{Error, ErrorKind};

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

/// A key does not verify the token, or a claim is wrong although the key does.
pub(super) fn of_key(error: &Error, expected: &Expected) -> Rejected {
    let Expected { issuer, audiences } = expected;
    Rejected::new(match error.kind() {
        ErrorKind::InvalidSignature => {
            format!("the signature is not that of a key of the issuer {issuer:?}")
        }
        _ if is_of_audience(error) => {
            format!("the audience (`aud`) of a token of {issuer:?} must be one of {audiences:?}")
        }
        // The words of the crate hold nothing of the token, except for the position of a syntax error.
        _ => format!("the token of the issuer {issuer:?} does not fit: {error}"),
    })
}

/// Whether the key has verified the signature, and the audience is wrong or missing. Other keys change nothing then.
pub(super) fn is_of_audience(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::InvalidAudience => true,
        ErrorKind::MissingRequiredClaim(claim) => claim == "aud",
        _ => false,
    }
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
