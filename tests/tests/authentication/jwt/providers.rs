//! The cryptography of jsonwebtoken, which is one for the whole process.

use std::sync::atomic::{AtomicUsize, Ordering};

use jsonwebtoken::crypto::{CryptoProvider, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, new_error};
use jsonwebtoken::{EncodingKey, Header};

use super::{claims, header, issuer, serve_with, status};
use gm_tests::signing_keys::SigningKey;

static ASKED: AtomicUsize = AtomicUsize::new(0);

static OTHER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    verifier_factory: |_, _| {
        ASKED.fetch_add(1, Ordering::SeqCst);
        Err(new_error(ErrorKind::UnsupportedAlgorithm))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// As if another crate had enabled a feature of jsonwebtoken, or had installed a provider.
#[tokio::test]
async fn the_provider_of_another_crate_is_used() {
    OTHER.install_default().unwrap();
    let key = SigningKey::ed25519();
    let service = serve_with(issuer(&key)).await;
    assert_eq!(status(&service, &key.token(&header(&key), &claims())).await, 401);
    assert_eq!(ASKED.load(Ordering::SeqCst), 1);
    service.stop().await.unwrap();
}

#[tokio::test]
async fn the_provider_of_the_framework_says_that_it_does_not_sign() {
    let service = serve_with(issuer(&SigningKey::ed25519())).await;
    let secret = EncodingKey::from_secret(&[7; 32]).unwrap();
    let error = jsonwebtoken::encode(&Header::default(), &claims(), &secret).unwrap_err();
    assert!(error.to_string().contains("only verifies"), "{error}");
    service.stop().await.unwrap();
}
