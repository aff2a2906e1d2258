//! Random conditions, as rules of the application's own make them. A claim of the caller has the number of its condition.

use gm_tests::random::Random;

use super::row::{NAMES, Row, TITLES};
use super::verdict::Side;

/// A condition, which [`items`](super::items) builds of the handles of fields.
#[derive(Clone, Debug)]
pub(crate) enum OwnRule {
    Constant(bool),
    Tenant(i64),
    TenantIn(Vec<i64>),
    Owner(&'static str),
    Reviewer(&'static str),
    NoReviewer,
    RankBelow(i64),
    RankFrom(i64),
    TitleContains(&'static str),
    SecretAbove(i64),
    All(Box<[Self; 2]>),
    Any(Box<[Self; 2]>),
    Not(Box<Self>),
}

impl OwnRule {
    /// The rule with this number. No row without a number. A rule for creating does not depend on the secret, which the owner
    /// behind a gateway fills in.
    pub(crate) fn of_claim(number: Option<i64>, claim: &str) -> Self {
        let Some(number) = number else {
            return Self::Constant(false);
        };
        let random = &mut Random::new(number.unsigned_abs());
        Self::random(random, 4, claim != "create rule")
    }

    fn random(random: &mut Random, depth: usize, has_secret: bool) -> Self {
        let pair = |random: &mut Random| {
            let mut one = || Self::random(random, depth - 1, has_secret);
            Box::new([one(), one()])
        };
        match random.below(if depth == 0 { 10 } else { 20 }) {
            0 if random.one_in(4) => Self::Constant(random.one_in(2)),
            0 | 1 => Self::Tenant(random.below(4) as i64),
            2 => Self::TenantIn((0..random.below(3)).map(|_| random.below(4) as i64).collect()),
            3 => Self::Owner(random.text(&NAMES)),
            4 => Self::Reviewer(random.text(&NAMES)),
            5 => Self::NoReviewer,
            6 => Self::RankBelow(random.below(6) as i64),
            7 => Self::RankFrom(random.below(6) as i64),
            8 if has_secret => Self::SecretAbove(random.below(5) as i64),
            8 | 9 => Self::TitleContains(random.text(&TITLES)),
            10..=12 => Self::All(pair(random)),
            13..=16 => Self::Any(pair(random)),
            _ => Self::Not(Box::new(Self::random(random, depth - 1, has_secret))),
        }
    }

    /// Whether the condition accepts the row.
    pub(crate) fn judge(&self, row: &Row) -> Side {
        Side::of_row(match self {
            Self::Constant(constant) => return Side::fixed(*constant),
            Self::All(parts) => return parts[0].judge(row) & parts[1].judge(row),
            Self::Any(parts) => return parts[0].judge(row) | parts[1].judge(row),
            Self::Not(rule) => return !rule.judge(row),
            Self::Tenant(tenant) => row.tenant == *tenant,
            Self::TenantIn(tenants) => tenants.contains(&row.tenant),
            Self::Owner(owner) => row.owner == *owner,
            Self::Reviewer(reviewer) => row.reviewer.as_deref() == Some(*reviewer),
            Self::NoReviewer => row.reviewer.is_none(),
            Self::RankBelow(limit) => row.rank.is_some_and(|rank| rank < *limit),
            Self::RankFrom(limit) => row.rank.is_some_and(|rank| rank >= *limit),
            Self::TitleContains(text) => row.title.contains(text),
            Self::SecretAbove(limit) => row.secret.is_some_and(|secret| secret > *limit),
        })
    }
}
