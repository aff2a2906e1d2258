//! Managers with a field of every type whose rules are the test's, of an owner and of a gateway.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use gm_runtime::GeneralManager;
use gm_runtime::query::Condition;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::cell::Ask;
use crate::sample::{Mood, Row, Sampled, Stage, sample};

/// A condition on a row.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    Lookup(Ask),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
}

/// The rules of a manager.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) read: Rule,
    pub(crate) create: Rule,
    pub(crate) before: Rule,
    pub(crate) after: Rule,
    pub(crate) delete: Rule,
}

impl Rule {
    /// The condition by the typed handles.
    fn condition<M: Sampled>(&self) -> Condition<M> {
        match self {
            Self::Lookup(ask) => M::lookup(ask).into(),
            Self::All(parts) => {
                let all = parts.iter().map(Self::condition);
                all.reduce(|all, one| all & one).unwrap_or_else(Condition::always)
            }
            Self::Any(parts) => {
                let any = parts.iter().map(Self::condition);
                any.reduce(|any, one| any | one).unwrap_or_else(Condition::never)
            }
            Self::Not(rule) => !rule.condition(),
        }
    }

    pub(crate) fn holds(&self, row: &Row) -> bool {
        match self {
            Self::Lookup(ask) => ask.holds(row),
            Self::All(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row)),
            Self::Not(rule) => !rule.holds(row),
        }
    }
}

/// The rules now.
static RULES: RwLock<Option<Arc<Rules>>> = RwLock::new(None);

/// The test that has set the rules.
static SET: Mutex<()> = Mutex::new(());

impl Rules {
    /// Sets the rules for as long as the guard lives. Another test waits.
    pub(crate) fn set(self) -> MutexGuard<'static, ()> {
        let alone = SET.lock().unwrap_or_else(PoisonError::into_inner);
        *RULES.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(self));
        alone
    }

    fn get() -> Arc<Self> {
        let rules = RULES.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rules.as_ref().unwrap())
    }
}

/// The functions that the attribute names.
macro_rules! rules {
    ($module:ident of $manager:ident: $($rule:ident)*) => {
        mod $module {
            use gm_runtime::access::Principal;
            use gm_runtime::query::Condition;

            $(pub(super) fn $rule(_: &Principal) -> Condition<super::$manager> {
                super::Rules::get().$rule.condition()
            })*
        }
    };
}

rules! { sample of RuledSample: read create before after delete }
rules! { gateway of RuledGateway: read create before after delete }

sample! {
    #[database(table = "samples")]
    #[permission(
        read = sample::read,
        create = sample::create,
        update(before = sample::before, after = sample::after),
        delete = sample::delete
    )]
    RuledSample
}

sample! {
    #[remote_manager(base_url = "http://owner.test", resource = "samples")]
    #[permission(
        read = gateway::read,
        create = gateway::create,
        update(before = gateway::before, after = gateway::after),
        delete = gateway::delete
    )]
    RuledGateway
}
