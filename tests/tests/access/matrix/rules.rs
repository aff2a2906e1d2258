//! The rules in plain Rust: the same as in the attributes of [`items`](super::items).

use super::caller::Caller;
use super::own_rule::OwnRule;
use super::row::Row;
use super::verdict::{Side, Verdict};

/// The two sets of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Each rule depends on the row.
    Rows,
    /// The rules for reading and deleting depend on the caller alone.
    Callers,
}

/// A row that is judged for a caller. `other` is the row after an update if `row` is the one before it, and the other way
/// round.
pub(crate) struct Judged<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) row: &'a Row,
    pub(crate) other: &'a Row,
}

/// A part of a rule: the group that turns it on, the rest of it as in the attribute, and the same in Rust.
pub(crate) struct Part {
    gate: &'static str,
    text: &'static str,
    verdict: fn(&Judged<'_>) -> Verdict,
}

const fn part(gate: &'static str, text: &'static str, verdict: fn(&Judged<'_>) -> Verdict) -> Part {
    Part { gate, text, verdict }
}

/// A part for every caller.
const ANY: &str = "";

fn always(_: &Judged<'_>) -> Verdict {
    Verdict::word(true)
}

/// The rule for reading.
pub(crate) const READ: [Part; 11] = [
    part("read all", "", always),
    part("read 1", "tenant == caller.claim(\"tenant\")", |j| {
        j.is_of_tenant()
    }),
    part(
        "read 2",
        "!(tenant == caller.claim(\"tenant\") | owner == caller.name)",
        |j| !(j.is_of_tenant() | j.is_owner()),
    ),
    part("read 3", "(reviewer in caller.groups | is_null(reviewer))", |j| {
        let groups = j.caller.name.is_some().then(|| j.caller.groups.clone());
        is_in(j.row.reviewer.clone(), groups) | j.has_no_reviewer()
    }),
    part(
        "read 4",
        "rank < caller.claim(\"rank\") & tenant in caller.claim(\"tenants\")",
        |j| compare(j.row.rank, j.caller.integer("rank"), |rank, limit| rank < limit) & j.is_of_tenants(),
    ),
    part("read 5", "!(rank >= 3 & !is_null(reviewer))", |j| {
        !(compare(j.row.rank, Some(3), |rank, limit| rank >= limit) & !j.has_no_reviewer())
    }),
    part("read 6", "secret > 2", |j| {
        compare(j.row.secret, Some(2), |secret, limit| secret > limit)
    }),
    part("read 7", "owner != caller.name & title in [\"a\", \"B\"]", |j| {
        !j.is_owner() & is_in(Some(j.row.title.as_str()), Some(vec!["a", "B"]))
    }),
    part("read 8", "!(tenant in caller.claim(\"tenants\"))", |j| {
        !j.is_of_tenants()
    }),
    part("read 9", "!of_hidden_rule", |j| !j.own_rule("hidden rule")),
    part(ANY, "of_read_rule", |j| j.own_rule("read rule")),
];

/// The rule for reading that depends on the caller alone.
const READ_BY_CALLER: [Part; 2] = [
    part("read all", "", always),
    part(ANY, "permission(\"read\") & !admin", |j| {
        Verdict::word(j.caller.may("read")) & !Verdict::word(j.caller.admin)
    }),
];

const CREATE: [Part; 5] = [
    part("create all", "", always),
    part(
        "create 1",
        "tenant == caller.claim(\"tenant\") & owner == caller.name",
        |j| j.is_of_tenant() & j.is_owner(),
    ),
    part("create 2", "created_by == caller.name & !(rank > 4)", |j| {
        let is_creator = equal(Some(j.row.created_by.as_str()), j.caller.name.as_deref());
        is_creator & !compare(j.row.rank, Some(4), |rank, limit| rank > limit)
    }),
    part("create 3", "(reviewer == caller.name | !(title == \"a\"))", |j| {
        equal(j.row.reviewer.as_deref(), j.caller.name.as_deref())
            | !equal(Some(j.row.title.as_str()), Some("a"))
    }),
    part(ANY, "of_create_rule", |j| j.own_rule("create rule")),
];

const UPDATE: [Part; 6] = [
    part("update all", "", always),
    part("update 1", "owner == caller.name", |j| j.is_owner()),
    part("update 2", "!(tenant != caller.claim(\"tenant\"))", |j| {
        j.is_of_tenant()
    }),
    part("update 3", "changed(title) & !changed(owner)", |j| {
        changed(&j.row.title, &j.other.title) & !changed(&j.row.owner, &j.other.owner)
    }),
    part("update 4", "rank <= caller.claim(\"rank\")", |j| {
        compare(j.row.rank, j.caller.integer("rank"), |rank, limit| rank <= limit)
    }),
    part(ANY, "of_update_rule", |j| j.own_rule("update rule")),
];

const AFTER: [Part; 5] = [
    part("update all", "", always),
    part("after 1", "!changed(tenant)", |j| {
        !changed(&j.row.tenant, &j.other.tenant)
    }),
    part(
        "after 2",
        "tenant in caller.claim(\"tenants\") & !(changed(reviewer) & is_null(reviewer))",
        |j| j.is_of_tenants() & !(changed(&j.row.reviewer, &j.other.reviewer) & j.has_no_reviewer()),
    ),
    part("after 3", "(rank < 5 | admin)", |j| {
        compare(j.row.rank, Some(5), |rank, limit| rank < limit) | Verdict::word(j.caller.admin)
    }),
    part(ANY, "permission(\"after\")", |j| {
        Verdict::word(j.caller.may("after"))
    }),
];

const DELETE: [Part; 5] = [
    part("delete all", "", always),
    part("delete 1", "owner == caller.name & admin", |j| {
        j.is_owner() & Verdict::word(j.caller.admin)
    }),
    part("delete 2", "!is_null(reviewer)", |j| !j.has_no_reviewer()),
    part("delete 3", "!(rank != 2) & authenticated", |j| {
        equal(j.row.rank, Some(2)) & Verdict::word(j.caller.name.is_some())
    }),
    part(ANY, "of_delete_rule", |j| j.own_rule("delete rule")),
];

const DELETE_BY_CALLER: [Part; 2] = [
    part("delete all", "", always),
    part(ANY, "admin & !group(\"secrets\")", |j| {
        Verdict::word(j.caller.admin) & !Verdict::word(j.caller.is_in("secrets"))
    }),
];

impl Family {
    pub(crate) fn read(self) -> &'static [Part] {
        match self {
            Self::Rows => &READ,
            Self::Callers => &READ_BY_CALLER,
        }
    }

    pub(crate) fn create(self) -> &'static [Part] {
        &CREATE
    }

    pub(crate) fn update(self) -> &'static [Part] {
        &UPDATE
    }

    pub(crate) fn after_update(self) -> &'static [Part] {
        &AFTER
    }

    pub(crate) fn delete(self) -> &'static [Part] {
        match self {
            Self::Rows => &DELETE,
            Self::Callers => &DELETE_BY_CALLER,
        }
    }
}

/// What the parts of a rule say of a row, one of which must hold.
pub(crate) fn judge(parts: &[Part], judged: &Judged<'_>) -> Side {
    let parts = parts.iter().map(|part| {
        let is_on = part.gate == ANY || judged.caller.is_in(part.gate);
        (Verdict::word(is_on) & (part.verdict)(judged)).rule
    });
    parts.fold(Side::fixed(false), |any, part| any | part)
}

/// The parts of a rule that are turned on for this caller.
pub(crate) fn text(parts: &[Part], caller: &Caller) -> String {
    let on = parts
        .iter()
        .filter(|part| part.gate == ANY || caller.is_in(part.gate));
    let texts = on.map(|part| match (part.gate, part.text) {
        (ANY, text) => text.to_owned(),
        (gate, "") => format!("group({gate:?})"),
        (gate, text) => format!("group({gate:?}) & {text}"),
    });
    texts.collect::<Vec<_>>().join("\n      | ")
}

impl Judged<'_> {
    fn is_of_tenant(&self) -> Verdict {
        equal(Some(self.row.tenant), self.caller.integer("tenant"))
    }

    fn is_of_tenants(&self) -> Verdict {
        let is_in = is_in(Some(self.row.tenant), self.caller.integers("tenants"));
        // A list with a member of another type names a value that no row may have, and does not tell which.
        match self.caller.has_only_integers("tenants") {
            true => is_in,
            false => Verdict {
                opposite: Side::fixed(false),
                ..is_in
            },
        }
    }

    fn is_owner(&self) -> Verdict {
        equal(Some(self.row.owner.as_str()), self.caller.name.as_deref())
    }

    fn has_no_reviewer(&self) -> Verdict {
        Verdict::exact(Side::of_row(self.row.reviewer.is_none()))
    }

    /// The condition of the rule whose number the claim has. No row without a claim.
    fn own_rule(&self, claim: &str) -> Verdict {
        let rule = OwnRule::of_claim(self.caller.integer(claim), claim);
        Verdict::exact(rule.judge(self.row))
    }
}

/// A comparison. A null is in no order and equals no value.
fn compare<T>(field: Option<T>, operand: Option<T>, holds: impl Fn(&T, &T) -> bool) -> Verdict {
    let Some(operand) = operand else {
        return Verdict::MISSING;
    };
    Verdict::exact(Side::of_row(field.is_some_and(|value| holds(&value, &operand))))
}

fn equal<T: PartialEq>(field: Option<T>, operand: Option<T>) -> Verdict {
    compare(field, operand, PartialEq::eq)
}

fn is_in<T: PartialEq>(field: Option<T>, members: Option<Vec<T>>) -> Verdict {
    let Some(members) = members else {
        return Verdict::MISSING;
    };
    Verdict::exact(Side::of_row(field.is_some_and(|value| members.contains(&value))))
}

fn changed<T: PartialEq>(row: &T, other: &T) -> Verdict {
    Verdict::exact(Side::of_row(row != other))
}
