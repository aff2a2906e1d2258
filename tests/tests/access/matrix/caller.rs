//! Random callers.

use std::collections::BTreeMap;

use gm_runtime::access::Principal;
use gm_runtime::server::{Authenticator, Presented, Rejected};
use gm_tests::random::Random;
use serde_json::{Value as Json, json};

use super::row::NAMES;

/// A caller. An anonymous one has no name, and nothing else either.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Caller {
    pub(crate) name: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) permissions: Vec<String>,
    pub(crate) admin: bool,
    pub(crate) claims: BTreeMap<String, Json>,
}

/// The rules, and the number of their parts that a group turns on.
const OPERATIONS: [(&str, usize); 5] = [
    ("read", 9),
    ("create", 3),
    ("update", 4),
    ("after", 3),
    ("delete", 3),
];

/// The groups in the rules of fields.
const FIELD_GROUPS: [&str; 2] = ["secrets", "secret writers"];

/// The groups that turn on some parts of a rule, and seldom the one that allows every row.
fn groups_of(random: &mut Random, operation: &str, parts: usize) -> Vec<String> {
    let number = random.below(4);
    let mut groups: Vec<_> = (0..number)
        .map(|_| format!("{operation} {}", random.below(parts) + 1))
        .collect();
    if random.one_in(6) {
        groups.push(format!("{operation} all"));
    }
    groups
}

const PERMISSIONS: [&str; 3] = ["read", "notes", "after"];

impl Caller {
    pub(crate) fn random(random: &mut Random) -> Self {
        if random.one_in(12) {
            return Self::default();
        }
        let mut groups: Vec<_> = OPERATIONS
            .into_iter()
            .flat_map(|(operation, parts)| groups_of(random, operation, parts))
            .collect();
        groups.extend(
            FIELD_GROUPS
                .into_iter()
                .filter(|_| random.one_in(3))
                .map(str::to_owned),
        );
        groups.extend((0..random.below(2)).map(|_| random.text(&NAMES).to_owned()));
        groups.sort_unstable();
        groups.dedup();
        let permissions = PERMISSIONS.into_iter().filter(|_| random.one_in(3));
        let permissions = permissions.map(str::to_owned).collect();
        let mut claims = BTreeMap::new();
        for name in [
            "read rule",
            "create rule",
            "update rule",
            "delete rule",
            "hidden rule",
        ] {
            if random.one_in(3) {
                claims.insert(name.to_owned(), json!(random.below(1 << 30)));
            }
        }
        for name in ["tenant", "rank", "desk"] {
            if !random.one_in(4) {
                claims.insert(name.to_owned(), value(random));
            }
        }
        if !random.one_in(4) {
            claims.insert("tenants".to_owned(), list(random));
        }
        Self {
            name: Some(random.text(&NAMES).to_owned()),
            groups,
            permissions,
            admin: random.one_in(5),
            claims,
        }
    }

    pub(crate) fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|known| known == group)
    }

    pub(crate) fn may(&self, permission: &str) -> bool {
        self.permissions.iter().any(|known| known == permission)
    }

    /// The claim, if it is an integer.
    pub(crate) fn integer(&self, claim: &str) -> Option<i64> {
        self.claims.get(claim)?.as_i64()
    }

    /// The integers of the claim, if it is a list.
    pub(crate) fn integers(&self, claim: &str) -> Option<Vec<i64>> {
        let members = self.claims.get(claim)?.as_array()?;
        Some(members.iter().filter_map(Json::as_i64).collect())
    }

    /// Whether the claim is a list of nothing but integers.
    pub(crate) fn has_only_integers(&self, claim: &str) -> bool {
        let members = self.claims.get(claim).and_then(Json::as_array);
        members.is_some_and(|members| members.iter().all(Json::is_i64))
    }

    /// The claim, if it is a text.
    pub(crate) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    pub(crate) fn reads_field(&self, field: &str) -> bool {
        match field {
            "secret" => self.admin || self.is_in("secrets"),
            "badge" => self.admin,
            _ => true,
        }
    }

    /// Whether the caller may give the field a value, in a create or in an update.
    pub(crate) fn writes_field(&self, field: &str, is_create: bool) -> bool {
        match field {
            "secret" => self.is_in("secret writers"),
            "note" if is_create => self.name.is_some(),
            "note" => self.may("notes"),
            _ => true,
        }
    }

    pub(crate) fn header(&self) -> Option<String> {
        let name = self.name.as_ref()?;
        let caller = json!({
            "name": name,
            "groups": self.groups,
            "permissions": self.permissions,
            "admin": self.admin,
            "claims": self.claims,
        });
        Some(caller.to_string())
    }

    pub(crate) fn principal(&self) -> Principal {
        self.header()
            .map_or_else(Principal::anonymous, |header| principal(&header))
    }

    /// Callers with less, for a smaller failure.
    pub(crate) fn smaller(&self) -> impl Iterator<Item = Self> {
        let groups = (0..self.groups.len()).map(|place| {
            let mut smaller = self.clone();
            smaller.groups.remove(place);
            smaller
        });
        let permissions = (0..self.permissions.len()).map(|place| {
            let mut smaller = self.clone();
            smaller.permissions.remove(place);
            smaller
        });
        let claims = self.claims.keys().map(|claim| {
            let mut smaller = self.clone();
            smaller.claims.remove(claim);
            smaller
        });
        let admin = self.admin.then(|| Self {
            admin: false,
            ..self.clone()
        });
        groups.chain(permissions).chain(claims).chain(admin)
    }
}

fn value(random: &mut Random) -> Json {
    match random.below(12) {
        0 => Json::Null,
        1 => json!("1"),
        2 => json!(1.0),
        3 => json!([1]),
        4 => json!("front"),
        5 => json!({"is": 1}),
        number => json!(number % 4),
    }
}

fn list(random: &mut Random) -> Json {
    match random.below(6) {
        0 => value(random),
        1 => json!([]),
        _ => (0..random.below(4)).map(|_| value(random)).collect(),
    }
}

fn principal(header: &str) -> Principal {
    let caller: Json = serde_json::from_str(header).unwrap();
    let texts = |key: &str| -> Vec<String> {
        let members = caller[key].as_array().unwrap().iter();
        members.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut principal = Principal::named(caller["name"].as_str().unwrap())
        .with_groups(texts("groups"))
        .with_permissions(texts("permissions"));
    for (name, value) in caller["claims"].as_object().unwrap() {
        principal = principal.with_claim(name.as_str(), value.clone());
    }
    if caller["admin"] == json!(true) {
        principal = principal.as_admin();
    }
    principal
}

/// The header that names the caller of a test.
pub(crate) const HEADER: &str = "x-caller";

/// Accepts the caller of the header.
pub(crate) struct HeaderCaller;

impl Authenticator for HeaderCaller {
    async fn authenticate(&self, presented: &Presented<'_>) -> Result<Option<Principal>, Rejected> {
        Ok(presented.header(HEADER).map(principal))
    }
}
