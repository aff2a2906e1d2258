//! How the claims of an issuer become a principal.

use std::time::SystemTime;

use serde_json::Value as Json;

use super::claims::Claims;
use crate::access::Principal;
use crate::server::Rejected;

/// The longest name of a principal, in bytes.
const MAX_NAME: usize = 256;

/// How the claims of an issuer become a principal.
pub(super) struct Mapping {
    pub(super) name: ClaimPath,
    pub(super) name_prefix: String,
    pub(super) groups: Vec<ClaimPath>,
    pub(super) permissions: Vec<ClaimPath>,
    pub(super) admin_group: Option<String>,
    pub(super) admin_claim: Option<ClaimPath>,
    pub(super) finish: Option<Box<Finish>>,
}

type Finish = dyn Fn(Principal) -> Result<Principal, Rejected> + Send + Sync;

impl Default for Mapping {
    fn default() -> Self {
        Self {
            name: ClaimPath::new("sub"),
            name_prefix: String::new(),
            groups: Vec::new(),
            permissions: Vec::new(),
            admin_group: None,
            admin_claim: None,
            finish: None,
        }
    }
}

/// A claim: the name of one, or a JSON Pointer (RFC 6901) to a member of one.
pub(super) struct ClaimPath {
    name: String,
    pointer: String,
}

impl ClaimPath {
    pub(super) fn new(path: &str) -> Self {
        let Some(inside) = path.strip_prefix('/') else {
            return Self {
                name: path.to_owned(),
                pointer: String::new(),
            };
        };
        let (name, rest) = inside.split_at(inside.find('/').unwrap_or(inside.len()));
        Self {
            name: name.replace("~1", "/").replace("~0", "~"),
            pointer: rest.to_owned(),
        }
    }

    fn of<'c>(&self, claims: &'c Claims) -> Option<&'c Json> {
        claims.all.get(&*self.name)?.pointer(&self.pointer)
    }
}

impl Mapping {
    /// The principal of these claims.
    pub(super) fn principal(&self, claims: Claims) -> Result<Principal, Rejected> {
        // An absent group is one that `!group(..)` accepts.
        let mut paths = self
            .groups
            .iter()
            .chain(&self.permissions)
            .chain(&self.admin_claim);
        if paths.any(|path| claims.inexact.contains(&*path.name)) {
            return Err(Rejected::new(
                "a claim of groups, permissions or administrators has a number that would lose digits",
            ));
        }
        let name = self.name.of(&claims).and_then(Json::as_str).unwrap_or_default();
        if name.is_empty() || name.len() > MAX_NAME || name.contains(char::is_control) {
            return Err(Rejected::new(
                "the claim of the name is no text of 1 to 256 bytes without control characters",
            ));
        }
        let groups = self.groups.iter().filter_map(|path| path.of(&claims));
        let groups: Vec<_> = groups.flat_map(|value| texts(value, false)).collect();
        let permissions = self.permissions.iter().filter_map(|path| path.of(&claims));
        let permissions: Vec<_> = permissions.flat_map(|value| texts(value, true)).collect();
        let says_admin = |path: &ClaimPath| path.of(&claims) == Some(&Json::Bool(true));
        let is_admin = self.admin_claim.as_ref().is_some_and(says_admin)
            || self
                .admin_group
                .as_deref()
                .is_some_and(|admin| groups.contains(&admin));
        let ends_at = claims.ends_at;
        let mut principal = Principal::named([&*self.name_prefix, name].concat())
            .with_groups(groups)
            .with_permissions(permissions)
            .until(ends_at)
            .with_claims(claims.all);
        if is_admin {
            principal = principal.as_admin();
        }
        match &self.finish {
            Some(finish) => within_token(finish(principal)?, ends_at),
            None => Ok(principal),
        }
    }
}

/// The principal that code of the application made of a token. It ends with the token at the latest, also if it was made
/// anew.
fn within_token(principal: Principal, ends_at: SystemTime) -> Result<Principal, Rejected> {
    if principal.name().is_none_or(str::is_empty) {
        return Err(Rejected::new("the principal of the token has no name"));
    }
    let end = principal.ends_at().map_or(ends_at, |end| end.min(ends_at));
    Ok(principal.until(end))
}

/// The texts of a claim: one text, or those of a list. Members of other types are left out. `words`: one text is a list of
/// words with spaces between them, as `scope` is (RFC 8693, 4.2).
fn texts(value: &Json, words: bool) -> Vec<&str> {
    match value {
        Json::String(text) if words => text.split_ascii_whitespace().collect(),
        Json::String(text) => vec![&**text],
        Json::Array(members) => members.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}
