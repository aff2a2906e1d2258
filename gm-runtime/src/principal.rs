//! The caller of a request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value as Json;

/// The caller of a request: anonymous, or an identity that a credential proved.
///
/// The authenticators of a handle make principals of requests, and
/// [`Gm::acting_as`](crate::Gm::acting_as) takes one. The rules of `#[permission(..)]` compare with what is in it. It is
/// cheap to clone.
///
/// ```
/// use gm_runtime::access::Principal;
///
/// let ada = Principal::named("ada").with_group("agents").with_claim("tenant", 7);
/// assert!(ada.is_in_group("agents"));
/// assert_eq!(ada.claim("tenant"), Some(&7.into()));
/// assert!(!Principal::anonymous().is_authenticated());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    identity: Option<Arc<Identity>>,
}

/// What a credential proved of its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    name: Arc<str>,
    groups: Vec<Arc<str>>,
    permissions: Vec<Arc<str>>,
    is_admin: bool,
    claims: BTreeMap<Arc<str>, Json>,
    ends_at: Option<SystemTime>,
}

impl Principal {
    /// A caller without credentials. It is in no group, and has no permission and no claim.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self { identity: None }
    }

    /// A caller whom a credential named, without groups, permissions and claims. The rules compare this name with
    /// `caller.name`, and logs show it.
    #[must_use]
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self {
            identity: Some(Arc::new(Identity {
                name: name.into(),
                groups: Vec::new(),
                permissions: Vec::new(),
                is_admin: false,
                claims: BTreeMap::new(),
                ends_at: None,
            })),
        }
    }

    /// Adds a group, for the rule `group("..")` and the operand `caller.groups`. An anonymous caller stays without one.
    #[must_use]
    pub fn with_group(self, group: impl Into<Arc<str>>) -> Self {
        self.with_groups([group])
    }

    /// Adds groups, as [`with_group`](Self::with_group).
    #[must_use]
    pub fn with_groups<G: Into<Arc<str>>>(self, groups: impl IntoIterator<Item = G>) -> Self {
        self.with(|identity| extend(&mut identity.groups, groups.into_iter().map(Into::into)))
    }

    /// Adds a permission, for the rule `permission("..")`. An anonymous caller stays without one.
    #[must_use]
    pub fn with_permission(self, permission: impl Into<Arc<str>>) -> Self {
        self.with_permissions([permission])
    }

    /// Adds permissions, as [`with_permission`](Self::with_permission).
    #[must_use]
    pub fn with_permissions<P: Into<Arc<str>>>(self, permissions: impl IntoIterator<Item = P>) -> Self {
        self.with(|identity| extend(&mut identity.permissions, permissions.into_iter().map(Into::into)))
    }

    /// Makes the caller an administrator, for the rule `admin`. An anonymous caller stays without that.
    #[must_use]
    pub fn as_admin(self) -> Self {
        self.with(|identity| identity.is_admin = true)
    }

    /// Sets a claim, for the operand `caller.claim("..")`. An anonymous caller stays without one.
    #[must_use]
    pub fn with_claim(self, name: impl Into<Arc<str>>, value: impl Into<Json>) -> Self {
        self.with(|identity| {
            identity.claims.insert(name.into(), value.into());
        })
    }

    /// Sets claims, as [`with_claim`](Self::with_claim).
    #[cfg(feature = "jwt")]
    pub(crate) fn with_claims(self, mut claims: BTreeMap<Arc<str>, Json>) -> Self {
        self.with(|identity| identity.claims.append(&mut claims))
    }

    /// Sets when the credential ends. The websockets of the caller are closed then, with the code 4408. Live queries, streams of
    /// changes and [`on_change`](crate::Gm::on_change) of a handle that [acts as](crate::Gm::acting_as) the caller end, too. Without
    /// it, a credential does not end by itself.
    #[must_use]
    pub fn until(self, end: SystemTime) -> Self {
        self.with(|identity| identity.ends_at = Some(end))
    }

    /// Whether the credential has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.ends_at().is_some_and(|end| end <= SystemTime::now())
    }

    /// The same caller under another name.
    pub(crate) fn renamed(self, name: &str) -> Self {
        self.with(|identity| identity.name = name.into())
    }

    fn with(mut self, change: impl FnOnce(&mut Identity)) -> Self {
        if let Some(identity) = &mut self.identity {
            change(Arc::make_mut(identity));
        }
        self
    }

    /// The caller's name. `None` for an anonymous caller.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        Some(&self.identity.as_ref()?.name)
    }

    /// Whether a credential named the caller.
    #[must_use]
    pub const fn is_authenticated(&self) -> bool {
        self.identity.is_some()
    }

    /// Whether the caller is an administrator.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.is_admin)
    }

    /// Whether the caller is in this group.
    #[must_use]
    pub fn is_in_group(&self, group: &str) -> bool {
        let identity = self.identity.as_ref();
        identity.is_some_and(|identity| contains(&identity.groups, group))
    }

    /// The groups of the caller, in alphabetical order.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        let groups = self.identity.iter().flat_map(|identity| &identity.groups);
        groups.map(|group| &**group)
    }

    /// Whether the caller has this permission.
    #[must_use]
    pub fn has_permission(&self, permission: &str) -> bool {
        let identity = self.identity.as_ref();
        identity.is_some_and(|identity| contains(&identity.permissions, permission))
    }

    /// The permissions of the caller, in alphabetical order.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        let permissions = self.identity.iter().flat_map(|identity| &identity.permissions);
        permissions.map(|permission| &**permission)
    }

    /// The claim of this name, such as one of a JSON Web Token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Json> {
        self.identity.as_ref()?.claims.get(name)
    }

    /// When the credential ends. `None` for a credential without an end, and for an anonymous caller.
    #[must_use]
    pub fn ends_at(&self) -> Option<SystemTime> {
        self.identity.as_ref()?.ends_at
    }
}

/// A caller of this name, without groups, permissions and claims.
impl From<&str> for Principal {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

/// A caller of this name, without groups, permissions and claims.
impl From<String> for Principal {
    fn from(name: String) -> Self {
        Self::named(name)
    }
}

/// Adds names to a sorted list without duplicates.
fn extend(sorted: &mut Vec<Arc<str>>, names: impl Iterator<Item = Arc<str>>) {
    sorted.extend(names);
    sorted.sort_unstable();
    sorted.dedup();
}

fn contains(sorted: &[Arc<str>], name: &str) -> bool {
    sorted.binary_search_by(|known| (**known).cmp(name)).is_ok()
}
