//! Requests with an idempotency key: `Idempotency-Key`.
//!
//! `docs/design/idempotency.md` gives the reasons.

use actix_web::HttpRequest;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::header_names::IDEMPOTENCY_KEY;
use super::url::path_as_sent;
use crate::access::{Caller, Principal};
use crate::interface::RequestIdentity;
use crate::protocol::failure::Failure;

/// The most characters of a key.
const MAX_KEY: usize = 255;

/// The bytes of a hash: a half of SHA-256. Each stored answer has three hashes, and no caller can find another request with a given one.
const HASH_BYTES: usize = 16;

/// The identity of a request with this body to a resource. `None` without `Idempotency-Key`. `stores_answers`: whether the resource
/// supports it.
///
/// # Errors
/// A key that is sent twice or has other characters than printable ASCII, and a resource without the extension: the write could
/// be carried out twice.
pub(super) fn identity(
    request: &HttpRequest,
    (base_path, resource): (&str, &str),
    body: &[u8],
    principal: &Principal,
    stores_answers: impl FnOnce() -> bool,
) -> Result<Option<RequestIdentity>, Failure> {
    let mut sent = request.headers().get_all(&IDEMPOTENCY_KEY);
    let (Some(key), second) = (sent.next(), sent.next()) else {
        return Ok(None);
    };
    if second.is_some() {
        return Err(Failure::invalid("`Idempotency-Key` is sent twice"));
    }
    let key = key.as_bytes().trim_ascii();
    if !(1..=MAX_KEY).contains(&key.len()) || !key.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return Err(Failure::invalid(
            "expected `Idempotency-Key` to be 1 to 255 printable ASCII characters",
        ));
    }
    if !stores_answers() {
        return Err(Failure::invalid(
            "the resource does not support `Idempotency-Key`, so the write could be carried out twice",
        ));
    }
    let (kind, name) = match principal.name() {
        Some(name) => ("named", name),
        None => ("anonymous", ""),
    };
    let (method, path) = (request.method().as_str(), path_as_sent(request));
    let beginning = key.get(..RequestIdentity::BEGINNING).unwrap_or(key);
    let mut stored = String::from_utf8_lossy(beginning).into_owned();
    stored += &hash(&[
        kind.as_bytes(),
        name.as_bytes(),
        base_path.as_bytes(),
        resource.as_bytes(),
        key,
    ]);
    Ok(Some(RequestIdentity {
        key: stored,
        fingerprint: hash(&[method.as_bytes(), path.as_bytes(), body]),
    }))
}

/// The identity with what the callers of its operations may read. Their answer is not replayed to a caller that may read something
/// else: one whose rights have changed, or another one of the same name.
pub(super) fn with_sight<'c>(
    mut identity: RequestIdentity,
    callers: impl Iterator<Item = &'c Caller<'c>>,
) -> RequestIdentity {
    let texts: Vec<String> = callers.map(Caller::sight_text).collect();
    let texts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    identity.fingerprint = format!("{}.{}", identity.fingerprint, hash(&texts));
    identity
}

/// The hash of these parts, as text. Their lengths are a part of it.
fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    BASE64_URL_SAFE_NO_PAD.encode(hash.get(..HASH_BYTES).unwrap_or_default())
}
