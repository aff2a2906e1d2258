//! The cryptography of jsonwebtoken, on ring.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result, new_error};
use jsonwebtoken::signature::{Error as SignatureError, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::{hmac, signature};

/// Installs this provider for the process, if jsonwebtoken has none.
///
/// jsonwebtoken has a provider if a crate of the program has installed one, or has enabled exactly one of the features
/// `aws_lc_rs` and `rust_crypto`. It verifies our tokens, too. Without a provider jsonwebtoken panics at the first token.
pub(super) fn install() {
    if CryptoProvider::try_get_default().is_none() {
        // Another thread may have installed one just now, which serves as well.
        let _ = PROVIDER.install_default();
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: no_signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(new_error(ErrorKind::Provider(
        "the provider of gm-runtime only verifies: to sign tokens, enable a feature of jsonwebtoken, or install another \
         provider before `GmBuilder::build`"
            .to_owned(),
    )))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    if key.family() != algorithm.family() {
        return Err(new_error(ErrorKind::InvalidAlgorithm));
    }
    Ok(Box::new(RingVerifier {
        algorithm: *algorithm,
        key: key.clone(),
    }))
}

/// Verifies the signatures of one key.
struct RingVerifier {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), SignatureError> {
        let is_valid = match self.key.kind() {
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                let key = signature::RsaPublicKeyComponents { n, e };
                rsa(self.algorithm).is_some_and(|rsa| key.verify(rsa, message, signature).is_ok())
            }
            DecodingKeyKind::SecretOrDer(key) => match self.algorithm {
                Algorithm::HS256 => is_hmac(hmac::HMAC_SHA256, key, message, signature),
                Algorithm::HS384 => is_hmac(hmac::HMAC_SHA384, key, message, signature),
                Algorithm::HS512 => is_hmac(hmac::HMAC_SHA512, key, message, signature),
                Algorithm::ES256 => is_signed(&signature::ECDSA_P256_SHA256_FIXED, key, message, signature),
                Algorithm::ES384 => is_signed(&signature::ECDSA_P384_SHA384_FIXED, key, message, signature),
                Algorithm::EdDSA => is_signed(&signature::ED25519, key, message, signature),
                other => rsa(other).is_some_and(|rsa| is_signed(rsa, key, message, signature)),
            },
        };
        if is_valid {
            Ok(())
        } else {
            Err(SignatureError::new())
        }
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static signature::RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

fn is_signed(
    algorithm: &'static dyn signature::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    let key = signature::UnparsedPublicKey::new(algorithm, key);
    key.verify(message, signature).is_ok()
}

fn is_hmac(algorithm: hmac::Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(algorithm, key), message, signature).is_ok()
}
