//! The parts of a token, before its signature is verified.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::json::{RawJson, View};

/// The longest token, in bytes. A longer one is rejected unread. Web servers limit a header to 8 KiB or 16 KiB.
pub(super) const MAX_BYTES: usize = 16 * 1024;

/// The most levels of lists and objects in a token.
const MAX_LEVELS: usize = 32;

/// The header of a token.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) algorithm: String,
    pub(super) key_id: Option<String>,
    pub(super) token_type: Option<String>,
}

/// The claims of a token and their values, in the order of the text.
pub(super) struct Payload<'t>(Vec<(Cow<'t, str>, RawJson<'t>)>);

/// The encoded header and payload of a text that has the form of a token: three parts with dots between them.
pub(super) fn parts(token: &str) -> Option<(&str, &str)> {
    let mut parts = token.split('.');
    let (header, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some((header, payload))
}

impl Header {
    /// `None` if it is no JSON object, a parameter of it has the wrong type, or it asks for an extension: a payload that is not
    /// encoded (`b64`, RFC 7797), or anything in `crit`, which a reader that does not know it must refuse (RFC 7515, 4.1.11).
    pub(super) fn decode(encoded: &str) -> Option<Self> {
        let text = decode(encoded)?;
        let mut header = Self::default();
        for (name, value) in RawJson::parse_members(&text, MAX_LEVELS).ok()? {
            match (&*name, value.view()) {
                ("alg", View::Text(text)) => header.algorithm = text.into_owned(),
                ("kid", View::Text(text)) => header.key_id = Some(text.into_owned()),
                ("typ", View::Text(text)) => header.token_type = Some(text.into_owned()),
                ("b64", View::Bool(true)) => {}
                ("alg" | "kid" | "typ" | "b64" | "crit", _) => return None,
                _ => {}
            }
        }
        Some(header)
    }
}

impl<'t> Payload<'t> {
    /// Reads the [decoded](decode) payload. `None` if it is no JSON object.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        RawJson::parse_members(text, MAX_LEVELS).ok().map(Self)
    }

    /// The claims and their values. Of a repeated claim the last one counts.
    pub(super) fn claims(&self) -> impl Iterator<Item = (&str, RawJson<'t>)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }

    /// The value of this claim.
    pub(super) fn last(&self, claim: &str) -> Option<RawJson<'t>> {
        let (_, value) = self.0.iter().rfind(|(name, _)| name == claim)?;
        Some(*value)
    }

    /// The issuer. Until the signature is verified, it is what the sender of the token says.
    pub(super) fn issuer(&self) -> Option<Cow<'t, str>> {
        match self.last("iss")?.view() {
            View::Text(issuer) => Some(issuer),
            _ => None,
        }
    }
}

/// The text of an encoded part of a token, if it is UTF-8.
pub(super) fn decode(encoded: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}
