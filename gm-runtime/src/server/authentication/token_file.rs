//! The format of a token file.

use chrono::DateTime;
use serde_json::Value as Json;

use super::hashed_tokens::{HashedTokens, is_name, parse_hash};
use crate::access::Principal;
use crate::json::{List, Members, MemoryBudget, RawJson, View};

/// The most bytes of a token file.
pub(super) const MAX_BYTES: usize = 16 * 1024 * 1024;
const MAX_LEVELS: usize = 32;

/// Reads a token file.
///
/// # Errors
/// What is wrong with it. The text holds no hash.
pub(super) fn read(bytes: &[u8]) -> Result<HashedTokens, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_owned())?;
    let file = RawJson::parse(text, MAX_LEVELS).map_err(|_| "the file is not JSON".to_owned())?;
    let mut tokens = None;
    for (name, value) in object(file).ok_or("the file is no JSON object")? {
        match (&*name, value.view()) {
            ("tokens", View::List(list)) => tokens = Some(list),
            ("tokens", _) => return Err("`tokens` is no list".to_owned()),
            _ => return Err(format!("the key {name:?} is unknown; expected `tokens`")),
        }
    }
    let mut table = HashedTokens::default();
    for (number, entry) in tokens.ok_or("the file has no `tokens`")?.enumerate() {
        let of_entry = |error: String| format!("token {} (from 0): {error}", number);
        let entry = object(entry).ok_or_else(|| of_entry("expected an object".to_owned()))?;
        add(&mut table, entry).map_err(of_entry)?;
    }
    Ok(table)
}

fn add(table: &mut HashedTokens, entry: Members<'_>) -> Result<(), String> {
    let (mut hash, mut name, mut principal) = (None, None, Principal::named(""));
    for (key, value) in entry {
        match (&*key, value.view()) {
            ("sha256", View::Text(text)) => hash = parse_hash(&text),
            ("name", View::Text(text)) => name = Some(text.into_owned()),
            ("groups", View::List(groups)) => principal = principal.with_groups(texts(groups, &key)?),
            ("permissions", View::List(list)) => principal = principal.with_permissions(texts(list, &key)?),
            ("admin", View::Bool(true)) => principal = principal.as_admin(),
            ("admin", View::Bool(false)) => {}
            ("claims", View::Object(claims)) => {
                for (name, value) in claims {
                    let value: Json = value
                        .to_value(&mut MemoryBudget::unbounded())
                        .map_err(|error| format!("the claim {name:?}: {}", error.0))?;
                    principal = principal.with_claim(name.into_owned(), value);
                }
            }
            ("ends_at", View::Text(text)) => {
                let end = DateTime::parse_from_rfc3339(&text);
                let end = end.map_err(|_| "`ends_at` is no time, such as \"2030-01-31T12:00:00Z\"")?;
                principal = principal.until(end.into());
            }
            ("sha256" | "name" | "groups" | "permissions" | "admin" | "claims" | "ends_at", _) => {
                return Err(format!("`{key}` has the wrong type"));
            }
            // A misspelt `ends_at` would be a token without an end.
            _ => return Err(format!("the key {key:?} is unknown")),
        }
    }
    let hash = hash.ok_or("`sha256` is missing, or is not 64 hexadecimal digits")?;
    let name = name.filter(|name| is_name(name));
    let name = name.ok_or("`name` is missing, is empty, or has control characters")?;
    if table.add(hash, principal.renamed(&name)) {
        Ok(())
    } else {
        Err("another token has the same `sha256`".to_owned())
    }
}

fn object(value: RawJson<'_>) -> Option<Members<'_>> {
    match value.view() {
        View::Object(members) => Some(members),
        _ => None,
    }
}

fn texts(list: List<'_>, key: &str) -> Result<Vec<String>, String> {
    let text = |member: RawJson<'_>| match member.view() {
        View::Text(text) => Ok(text.into_owned()),
        _ => Err(format!("`{key}` has a member that is no text")),
    };
    list.map(text).collect()
}
