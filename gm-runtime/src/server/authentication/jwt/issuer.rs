//! The settings of an issuer of tokens.

use std::path::PathBuf;
use std::time::Duration;

use super::key::{Expected, Key};
use super::key_set::KeySet;
use super::key_source::{KeySource, Location};
use super::mapping::{ClaimPath, Mapping};
use super::trusted::Trusted;
use crate::access::Principal;
use crate::error::Error;
use crate::features::client::Client;
use crate::server::Rejected;

/// The longest leeway. A longer one would make ended tokens valid.
const MAX_LEEWAY: Duration = Duration::from_secs(10 * 60);

/// An issuer of JSON Web Tokens (RFC 7519) whose tokens are accepted, such as an OpenID Connect provider.
///
/// [`GmBuilder::accept_jwt`](crate::GmBuilder::accept_jwt) adds one. A caller sends its token as `Authorization: Bearer
/// <token>`.
///
/// ```
/// use gm_runtime::Gm;
/// use gm_runtime::server::JwtIssuer;
///
/// let provider = JwtIssuer::new("https://login.example.com/", "tickets")
///     .jwks_url("https://login.example.com/.well-known/jwks.json")
///     .groups_claim("groups")
///     .permissions_claim("scope")
///     .admin_group("ticket-admins");
/// let builder = Gm::builder().accept_jwt(provider);
/// ```
///
/// # What is checked
///
/// | | |
/// |---|---|
/// | signature | by a key of this issuer. Keys of other issuers are not tried |
/// | `alg` | must fit the key: RS256 to RS512 and PS256 to PS512 for RSA, ES256 and ES384 for the curves P-256 and P-384, EdDSA for Ed25519, HS256 to HS512 for a [secret](Self::secret). The header of a token never chooses the family. `none` does not exist |
/// | `kid` | if the token and the key have one, they must be equal |
/// | `iss` | required: a text, equal to the issuer |
/// | `aud` | required: must hold the audience |
/// | `exp`, `nbf` | `exp` is required. Both are checked with the [leeway](Self::leeway) |
/// | `crit` | a token with a critical extension is rejected |
///
/// # The principal
///
/// Its name is the claim `sub`, and all claims are those of the token. It is in no group, has no permission and is no
/// administrator, except by the methods here. A claim of the wrong type grants nothing. Several issuers share one space of
/// names: give them different [prefixes](Self::name_prefix) if the same `sub` can mean two callers.
///
/// # Limits
///
/// A token has at most 16 KiB, a key set 256 KiB and 64 keys, and arrives within 5 s. RSA keys have 2,048 to 8,192 bits. Up
/// to 10,000 verified tokens are remembered for at most 15 minutes, by a keyed hash.
///
/// # Keys
///
/// An issuer needs at least one of [`jwks_url`](Self::jwks_url), [`jwks_file`](Self::jwks_file), [`jwks`](Self::jwks) and
/// [`secret`](Self::secret). Keys of a URL or a file are loaded at first use, again after 15 minutes, and when a token has a
/// `kid` that is not known. One request loads them for all callers, and not more often than
/// [`load_interval`](Self::load_interval) says. If a load fails, a warning is logged and the present keys stay. Until keys
/// have been loaded once, a token that needs them is answered 503, since it may be a valid one.
#[must_use = "an issuer does nothing until it is given to `GmBuilder::accept_jwt`"]
pub struct JwtIssuer {
    expected: Expected,
    jwks: Vec<String>,
    secrets: Vec<Vec<u8>>,
    location: Option<KeyLocation>,
    token_type: Option<String>,
    leeway: Duration,
    load_interval: Duration,
    max_age: Duration,
    mapping: Mapping,
}

enum KeyLocation {
    File(PathBuf),
    Url(String),
}

impl JwtIssuer {
    /// An issuer, and the audience that its tokens must have. The issuer is the exact text of the claim `iss`, with or
    /// without a slash at its end.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            expected: Expected {
                issuer: issuer.into(),
                audiences: vec![audience.into()],
            },
            jwks: Vec::new(),
            secrets: Vec::new(),
            location: None,
            token_type: None,
            leeway: Duration::from_secs(30),
            load_interval: Duration::from_secs(5),
            max_age: Duration::from_secs(15 * 60),
            mapping: Mapping::default(),
        }
    }

    /// Another audience. A token must have one of them.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.expected.audiences.push(audience.into());
        self
    }

    /// The URL of the issuer's key set (RFC 7517, 5). It replaces [`jwks_file`](Self::jwks_file).
    ///
    /// The keys are requested with the client's [TLS configuration](crate::GmBuilder::tls) or
    /// [transport](crate::GmBuilder::transport). Redirects are not followed. The URL must be https, except for a loopback
    /// address, since keys that are changed on their way let anybody in. It needs the feature `client`.
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.location = Some(KeyLocation::Url(url.into()));
        self
    }

    /// The file of the issuer's key set. It replaces [`jwks_url`](Self::jwks_url).
    ///
    /// [`build`](crate::GmBuilder::build) reads it, and refuses one that can't be read.
    pub fn jwks_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.location = Some(KeyLocation::File(path.into()));
        self
    }

    /// A key set as JSON text.
    pub fn jwks(mut self, json: impl Into<String>) -> Self {
        self.jwks.push(json.into());
        self
    }

    /// A secret that the issuer shares with this service, for tokens with HS256 (32 bytes or more), HS384 (48) and HS512
    /// (64).
    ///
    /// Every holder of the secret can make tokens. Prefer public keys, unless this service is the issuer.
    pub fn secret(mut self, secret: impl Into<Vec<u8>>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// The type (`typ`) that tokens must have, such as `at+jwt` for access tokens (RFC 9068). Any by default.
    pub fn token_type(mut self, name: impl Into<String>) -> Self {
        self.token_type = Some(name.into());
        self
    }

    /// How much the clocks of issuer and service may differ. 30 seconds by default, and at most 10 minutes.
    ///
    /// A token is accepted for so long after its end, and its websockets are closed then.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway.min(MAX_LEEWAY);
        self
    }

    /// The shortest time between two loads of the key set, also after a failed one. 5 seconds by default.
    pub fn load_interval(mut self, interval: Duration) -> Self {
        self.load_interval = interval;
        self
    }

    /// The claim that is the principal's name, in place of `sub`: the name of a claim, or a JSON Pointer (RFC 6901) such as
    /// `/user/id`. A token without it, or with an empty one, is rejected.
    ///
    /// Choose one that the issuer never gives to another user. An e-mail address may be.
    pub fn name_claim(mut self, claim: &str) -> Self {
        self.mapping.name = ClaimPath::new(claim);
        self
    }

    /// A text before each name, such as `staff:`.
    pub fn name_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.mapping.name_prefix = prefix.into();
        self
    }

    /// A claim with groups: a list of texts, or one text. The name of a claim, or a JSON Pointer such as
    /// `/realm_access/roles`. Several calls add up.
    pub fn groups_claim(mut self, claim: &str) -> Self {
        self.mapping.groups.push(ClaimPath::new(claim));
        self
    }

    /// A claim with permissions: a list of texts, or one text of words with spaces between them, such as `scope`. Several
    /// calls add up.
    pub fn permissions_claim(mut self, claim: &str) -> Self {
        self.mapping.permissions.push(ClaimPath::new(claim));
        self
    }

    /// The group whose members are administrators. [`build`](crate::GmBuilder::build) refuses it without a
    /// [`groups_claim`](Self::groups_claim).
    pub fn admin_group(mut self, group: impl Into<String>) -> Self {
        self.mapping.admin_group = Some(group.into());
        self
    }

    /// A claim that is `true` for administrators.
    pub fn admin_claim(mut self, claim: &str) -> Self {
        self.mapping.admin_claim = Some(ClaimPath::new(claim));
        self
    }

    /// Completes the principal of a verified token by code of the application, or rejects it. A principal without a name is
    /// rejected, and every principal ends with its token at the latest.
    ///
    /// ```
    /// # use gm_runtime::server::{JwtIssuer, Rejected};
    /// let issuer = JwtIssuer::new("https://login.example.com/", "tickets").principal(|principal| {
    ///     match principal.claim("email_verified") {
    ///         Some(verified) if verified == true => Ok(principal.with_group("verified")),
    ///         _ => Err(Rejected::new("the e-mail address is not verified")),
    ///     }
    /// });
    /// ```
    pub fn principal(
        mut self,
        complete: impl Fn(Principal) -> Result<Principal, Rejected> + Send + Sync + 'static,
    ) -> Self {
        self.mapping.finish = Some(Box::new(complete));
        self
    }

    fn trusted(self, client: &Client) -> Result<Trusted, Error> {
        let refused = |what: &str| {
            let issuer = &self.expected.issuer;
            Error::Configuration(format!("the issuer {issuer:?} of `accept_jwt` {what}"))
        };
        if self.expected.issuer.is_empty() || self.expected.audiences.iter().any(String::is_empty) {
            return Err(refused("has an empty name or an empty audience"));
        }
        if self.mapping.admin_group.is_some() && self.mapping.groups.is_empty() {
            return Err(refused(
                "has an `admin_group`, but no claim with the groups of a caller, so no caller would be an \
                 administrator: add `groups_claim`",
            ));
        }
        let mut fixed = Vec::new();
        for secret in &self.secrets {
            let key = Key::secret(secret);
            fixed.push(key.ok_or_else(|| refused("has a secret of fewer than 32 bytes"))?);
        }
        let mut fixed = KeySet::new(fixed);
        for jwks in &self.jwks {
            let set = KeySet::read(jwks.as_bytes());
            fixed.extend(set.map_err(|error| refused(&format!("has wrong keys: {error}")))?);
        }
        if fixed.is_empty() && self.location.is_none() {
            return Err(refused(
                "has no keys: add `jwks_url`, `jwks_file`, `jwks` or `secret`",
            ));
        }
        let location = match &self.location {
            None => None,
            Some(KeyLocation::File(path)) => Some(Location::File(path.clone())),
            Some(KeyLocation::Url(url)) => Some(Location::Url(client.document(url)?)),
        };
        let keys = KeySource::new(
            self.expected.clone(),
            fixed,
            location,
            self.load_interval,
            self.max_age,
        );
        keys.read_file()
            .map_err(|error| refused(&format!("has wrong keys: {error}")))?;
        Ok(Trusted {
            keys,
            mapping: self.mapping,
            leeway: self.leeway,
            token_type: self.token_type,
            max_age: self.max_age,
        })
    }
}

/// The issuers with their keys. Each name of an issuer may occur once.
pub(super) fn trusted(issuers: Vec<JwtIssuer>, client: &Client) -> Result<Vec<Trusted>, Error> {
    let mut trusted: Vec<Trusted> = Vec::new();
    for issuer in issuers {
        let name = &issuer.expected.issuer;
        if trusted.iter().any(|known| known.keys.expected.issuer == *name) {
            return Err(Error::Configuration(format!(
                "`accept_jwt` is called twice for the issuer {name:?}: give one of them all keys and audiences"
            )));
        }
        trusted.push(issuer.trusted(client)?);
    }
    Ok(trusted)
}

/// Shows neither keys nor secrets.
impl std::fmt::Debug for JwtIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JwtIssuer")
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, not(feature = "client")))]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_keys_is_refused_without_the_feature_client() {
        let issuer = JwtIssuer::new("issuer", "audience").jwks_url("https://login.example.com/keys");
        let refused = trusted(vec![issuer], &Client).err();
        assert!(
            matches!(&refused, Some(Error::Configuration(why)) if why.contains("feature `client`")),
            "{refused:?}"
        );
    }
}
