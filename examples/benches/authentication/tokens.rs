//! A signer of tokens.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::json;

pub(crate) const ISSUER: &str = "https://login.example.com/";
pub(crate) const AUDIENCE: &str = "tickets";

/// Signs tokens with ES256.
pub(crate) struct Signer(EcdsaKeyPair);

impl Signer {
    pub(crate) fn new() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        Self(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).expect("the same key"))
    }

    pub(crate) fn key_set(&self) -> String {
        let point = self.0.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "first", "x": x, "y": y}]}).to_string()
    }

    /// The key and the rules for jsonwebtoken alone.
    pub(crate) fn verification(&self) -> (DecodingKey, Validation) {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        (DecodingKey::from_ec_der(self.0.public_key().as_ref()), validation)
    }

    /// A token such as an identity provider issues, of some 600 bytes.
    pub(crate) fn token(&self, number: usize) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a time after 1970")
            .as_secs();
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": "first"});
        let claims = json!({
            "iss": ISSUER, "aud": [AUDIENCE, "profile"], "exp": now + 3600, "nbf": now, "iat": now,
            "sub": "8a1f2c36-6f1e-4c5f-9a52-0d4f6f3e1b77", "jti": number, "tenant": 7,
            "groups": ["agents", "desk", "everyone"], "scope": "openid profile tickets:read tickets:write",
            "email": "ada@example.com", "name": "Ada Lovelace",
        });
        let message = [header, claims]
            .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
            .join(".");
        let signature = self
            .0
            .sign(&SystemRandom::new(), message.as_bytes())
            .expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
