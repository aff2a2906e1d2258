//! The parts of a token, before its signature is verified.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::json::{Members, RawJson, View};

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

/// The decoded payload of a token, which is a JSON object in UTF-8.
pub(super) struct Payload(String);

/// The encoded header and payload of a text that has the form of a token: three parts with dots between them.
pub(super) fn parts(token: &str) -> Option<(&str, &str)> {
    let mut parts = token.split('.');
    let (header, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some((header, payload))
}

impl Header {
    /// `None` if it is no JSON object, or a parameter of it has the wrong type.
    pub(super) fn decode(encoded: &str) -> Option<Self> {
        let text = decode(encoded)?;
        let mut header = Self::default();
        for (name, value) in members(&text)? {
            let View::Text(text) = value.view() else {
                if matches!(&*name, "alg" | "kid" | "typ") {
                    return None;
                }
                continue;
            };
            match &*name {
                "alg" => header.algorithm = text.into_owned(),
                "kid" => header.key_id = Some(text.into_owned()),
                "typ" => header.token_type = Some(text.into_owned()),
                _ => {}
            }
        }
        Some(header)
    }
}

impl Payload {
    /// `None` if it is no JSON object.
    pub(super) fn decode(encoded: &str) -> Option<Self> {
        let text = decode(encoded)?;
        members(&text)?;
        Some(Self(text))
    }

    /// The claims and their values. Of a repeated claim the last one counts.
    pub(super) fn claims(&self) -> Members<'_> {
        members(&self.0).unwrap_or_default()
    }

    /// The issuer. Until the signature is verified, it is what the sender of the token says.
    pub(super) fn issuer(&self) -> Option<String> {
        let (_, issuer) = self.claims().filter(|(name, _)| name == "iss").last()?;
        match issuer.view() {
            View::Text(issuer) => Some(issuer.into_owned()),
            _ => None,
        }
    }
}

fn decode(encoded: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()
}

fn members(text: &str) -> Option<Members<'_>> {
    match RawJson::parse(text, MAX_LEVELS).ok()?.view() {
        View::Object(members) => Some(members),
        _ => None,
    }
}
