//! Keys that sign JSON Web Tokens, made anew by each test.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use num_bigint::BigUint;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use ring::{digest, hmac};
use serde_json::{Value as Json, json};

/// A key that signs tokens.
#[derive(Debug)]
pub enum SigningKey {
    /// `EdDSA`
    Ed25519(Ed25519KeyPair),
    /// `ES256`
    P256(EcdsaKeyPair),
    /// `RS256`
    Rsa(RsaKey),
    /// `HS256`
    Secret(Vec<u8>),
}

/// An RSA key of 2,048 bits.
#[derive(Debug)]
pub struct RsaKey {
    modulus: BigUint,
    private_exponent: BigUint,
}

const RSA_BYTES: usize = 256;
const PUBLIC_EXPONENT: u32 = 65_537;

/// Base64url without padding (RFC 4648, 5).
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl SigningKey {
    /// A new key for `EdDSA`.
    #[must_use]
    pub fn ed25519() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
    }

    /// A new key for `ES256`.
    #[must_use]
    pub fn p256() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::P256(EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap())
    }

    /// A new key for `RS256`.
    #[must_use]
    pub fn rsa() -> Self {
        Self::Rsa(RsaKey::generate())
    }

    /// The name of the algorithm in a token's header.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
            Self::Rsa(_) => "RS256",
            Self::Secret(_) => "HS256",
        }
    }

    /// The raw bytes of the public key.
    #[must_use]
    pub fn public(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.public_key().as_ref().to_vec(),
            Self::P256(key) => key.public_key().as_ref().to_vec(),
            Self::Rsa(key) => key.modulus.to_bytes_be(),
            Self::Secret(secret) => secret.clone(),
        }
    }

    /// The public key as a JSON Web Key.
    #[must_use]
    pub fn jwk(&self, id: &str) -> Json {
        let public = self.public();
        match self {
            Self::Ed25519(_) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&public), "kid": id}),
            Self::P256(_) => json!({
                "kty": "EC", "crv": "P-256", "x": encode(&public[1..33]), "y": encode(&public[33..]), "kid": id,
            }),
            Self::Rsa(_) => json!({
                "kty": "RSA", "n": encode(&public), "e": "AQAB", "use": "sig", "alg": "RS256", "kid": id,
            }),
            Self::Secret(_) => json!({"kty": "oct", "k": encode(&public), "kid": id}),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Self::P256(key) => key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Rsa(key) => key.sign(message),
            Self::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
        }
    }

    /// A token with this header and these claims.
    #[must_use]
    pub fn token(&self, header: &Json, claims: &Json) -> String {
        self.token_of(&header.to_string(), &claims.to_string())
    }

    /// A token with this text for a header, and this one for its claims.
    #[must_use]
    pub fn token_of(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        format!("{message}.{}", encode(self.sign(message.as_bytes())))
    }
}

/// A key set of these keys.
#[must_use]
pub fn key_set(keys: &[Json]) -> String {
    json!({ "keys": keys }).to_string()
}

impl RsaKey {
    fn generate() -> Self {
        let one = BigUint::from(1u32);
        loop {
            let (p, q) = (prime(), prime());
            let order = (&p - &one) * (&q - &one);
            if let Some(private_exponent) = BigUint::from(PUBLIC_EXPONENT).modinv(&order) {
                let modulus = p * q;
                return Self {
                    modulus,
                    private_exponent,
                };
            }
        }
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2).
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        const SHA256: [u8; 19] = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
            0x00, 0x04, 0x20,
        ];
        let hash = digest::digest(&digest::SHA256, message);
        let suffix = [&SHA256, hash.as_ref()].concat();
        let padding = vec![0xff; RSA_BYTES - suffix.len() - 3];
        let block = [&[0, 1], &*padding, &[0], &*suffix].concat();
        let signature = BigUint::from_bytes_be(&block).modpow(&self.private_exponent, &self.modulus);
        let bytes = signature.to_bytes_be();
        [vec![0; RSA_BYTES - bytes.len()], bytes].concat()
    }
}

/// A random prime number of 1,024 bits (FIPS 186-5, B.3.1, with a test that is good enough for a test key).
fn prime() -> BigUint {
    let small: Vec<u32> = (3..2_000u32)
        .filter(|number| {
            (2..*number)
                .take_while(|divisor| divisor * divisor <= *number)
                .all(|d| number % d != 0)
        })
        .collect();
    let (one, two) = (BigUint::from(1u32), BigUint::from(2u32));
    loop {
        let mut bytes = [0; RSA_BYTES / 2];
        SystemRandom::new().fill(&mut bytes).unwrap();
        // The product of two such numbers has 2,048 bits, and both are odd.
        bytes[0] |= 0xc0;
        bytes[RSA_BYTES / 2 - 1] |= 1;
        let number = BigUint::from_bytes_be(&bytes);
        let has_divisor = small.iter().any(|divisor| &number % *divisor == BigUint::ZERO);
        // A composite number of this size that passes is rarer than a fault of the machine.
        if !has_divisor && two.modpow(&(&number - &one), &number) == one {
            return number;
        }
    }
}
