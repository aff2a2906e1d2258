//! A key that verifies tokens, read from a JSON Web Key (RFC 7517).

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::Error;
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};

use super::token::Payload;
use crate::json::{Members, RawJson, View};

const RSA: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// The bytes of an RSA modulus: 2,048 to 8,192 bits. A longer one would make a verification slow.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// The most bytes of an RSA exponent. In practice it is 65,537.
const MAX_RSA_EXPONENT: usize = 5;

/// A key, with the algorithms that it verifies.
///
/// The algorithms come from the key. What the header of a token says only chooses among them, so a public key can't be
/// taken for a secret (RFC 8725, 2.1 and 3.1).
pub(super) struct Key {
    pub(super) id: Option<String>,
    decoding: DecodingKey,
    algorithms: Vec<Algorithm>,
}

/// What the tokens of an issuer must say, whatever key signed them.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
}

impl Expected {
    /// Whether the token is meant for this service: its audience is one of the expected ones, or a list with one of them (RFC
    /// 7519, 4.1.3).
    pub(super) fn accepts_audience(&self, payload: &Payload<'_>) -> bool {
        let is_expected = |value: &View<'_>| match value {
            View::Text(audience) => self.audiences.iter().any(|expected| expected == audience),
            _ => false,
        };
        match payload.last("aud").map(RawJson::view) {
            Some(View::List(mut audiences)) => audiences.any(|audience| is_expected(&audience.view())),
            Some(audience) => is_expected(&audience),
            None => false,
        }
    }
}

impl Key {
    /// A shared secret, of at least 32 bytes. It verifies the algorithms whose hash is not longer than the secret (RFC
    /// 7518, 3.2).
    pub(super) fn secret(secret: &[u8]) -> Option<Self> {
        let algorithms = [
            (32, Algorithm::HS256),
            (48, Algorithm::HS384),
            (64, Algorithm::HS512),
        ];
        let algorithms: Vec<_> = algorithms
            .iter()
            .filter(|(bytes, _)| secret.len() >= *bytes)
            .map(|(_, algorithm)| *algorithm)
            .collect();
        if algorithms.is_empty() {
            return None;
        }
        Some(Self {
            id: None,
            decoding: DecodingKey::from_secret(secret).ok()?,
            algorithms,
        })
    }

    /// The public key of a JSON Web Key. `None` for one that does not verify signatures, or that is not supported.
    ///
    /// A symmetric key (`oct`) is not supported. It would be a secret that everybody can read.
    pub(super) fn of(jwk: RawJson<'_>) -> Option<Self> {
        let View::Object(members) = jwk.view() else {
            return None;
        };
        let texts = texts(members.clone());
        let text = |name: &str| texts.get(name).map(|text| &**text);
        if text("use").is_some_and(|purpose| purpose != "sig") || !may_verify(members) {
            return None;
        }
        let (decoding, supported) = match (text("kty")?, text("crv")) {
            ("RSA", _) => {
                let modulus = unsigned(text("n")?)?;
                let exponent = unsigned(text("e")?)?;
                let is_fit =
                    RSA_MODULUS.contains(&modulus.len()) && (1..=MAX_RSA_EXPONENT).contains(&exponent.len());
                let key = is_fit.then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent));
                (key?, RSA)
            }
            ("EC", Some("P-256")) => (point(text("x")?, text("y")?, 32)?, &[Algorithm::ES256][..]),
            ("EC", Some("P-384")) => (point(text("x")?, text("y")?, 48)?, &[Algorithm::ES384][..]),
            ("OKP", Some("Ed25519")) => {
                let key = bytes(text("x")?)?;
                let key = (key.len() == 32).then(|| DecodingKey::from_ed_der(&key));
                (key?, &[Algorithm::EdDSA][..])
            }
            _ => return None,
        };
        let algorithms = match text("alg") {
            // `Ed25519` is the newer name (RFC 9864).
            Some("Ed25519") => vec![Algorithm::EdDSA],
            Some(name) => vec![name.parse().ok()?],
            None => supported.to_vec(),
        };
        if !algorithms.iter().all(|algorithm| supported.contains(algorithm)) {
            return None;
        }
        Some(Self {
            id: text("kid").map(str::to_owned),
            decoding,
            algorithms,
        })
    }

    /// The numbers or bytes of the key.
    pub(super) fn material(&self) -> (&[u8], &[u8]) {
        match self.decoding.kind() {
            DecodingKeyKind::SecretOrDer(key) => (key, &[]),
            DecodingKeyKind::RsaModulusExponent { n, e } => (n, e),
        }
    }

    /// Whether the key verifies signatures of this algorithm.
    pub(super) fn verifies(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// Whether this key has signed the token with this algorithm.
    ///
    /// # Errors
    /// The signature is not encoded as it must be.
    pub(super) fn has_signed(&self, token: &str, algorithm: Algorithm) -> Result<bool, Error> {
        let (message, signature) = token.rsplit_once('.').unwrap_or_default();
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.decoding, algorithm)
    }
}

fn texts<'t>(members: Members<'t>) -> BTreeMap<Cow<'t, str>, Cow<'t, str>> {
    let texts = members.filter_map(|(name, value)| match value.view() {
        View::Text(text) => Some((name, text)),
        _ => None,
    });
    texts.collect()
}

/// Whether `key_ops` allows to verify, where it is present.
fn may_verify(mut members: Members<'_>) -> bool {
    let Some((_, operations)) = members.find(|(name, _)| name == "key_ops") else {
        return true;
    };
    let View::List(mut operations) = operations.view() else {
        return false;
    };
    operations.any(|operation| matches!(operation.view(), View::Text(text) if text == "verify"))
}

fn bytes(encoded: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(encoded).ok()
}

/// An unsigned number without leading zeros, which some servers write and ring refuses.
fn unsigned(encoded: &str) -> Option<Vec<u8>> {
    let bytes = bytes(encoded)?;
    let start = bytes.iter().position(|byte| *byte != 0)?;
    bytes.get(start..).map(<[u8]>::to_vec)
}

/// The uncompressed point of an elliptic curve (SEC 1, 2.3.3).
fn point(x: &str, y: &str, length: usize) -> Option<DecodingKey> {
    let (x, y) = (bytes(x)?, bytes(y)?);
    let point = [&[4], &*x, &*y].concat();
    (x.len() == length && y.len() == length).then(|| DecodingKey::from_ec_der(&point))
}
