//! What a caller may do to a manager.

mod audit;
mod audited_write;
mod bulk;
mod caller;
mod cascade;
mod cascade_rows;
mod cascade_scope;
mod cascade_search;
mod conceal;
mod deletion_order;
mod events;
mod explain;
mod explainer;
mod explanation;
mod foreign_keys;
mod groups;
mod held_entries;
mod json_read;
mod judged_rows;
mod judged_subscriber;
mod judgement_limits;
mod look_through;
mod managed;
mod once;
mod open_transaction;
mod permission;
mod presets;
mod printable;
mod read;
mod referring_bulk;
mod referring_write;
mod refusal_log;
mod related;
mod rule;
#[cfg(test)]
mod rule_tests;
mod rule_text;
mod schema;
mod set_foreign_keys;
mod stored_pages;
mod transaction;
mod typed_read;
mod write;

pub use crate::principal::Principal;
pub use explanation::{Decision, Explanation, Reason};

#[cfg(feature = "server")]
pub(crate) use audit::AuditEntry;
pub(crate) use audit::{Trail, is_audited};
pub(crate) use bulk::BulkProposal;
pub(crate) use caller::Caller;
#[cfg(feature = "server")]
pub(crate) use cascade_scope::changed_by_deletions;
pub(crate) use events::Readable;
pub(crate) use groups::JsonGroups;
pub(crate) use json_read::JsonPage;
pub(crate) use judgement_limits::{JudgementLimits, RelatedIdsLimit};
pub(crate) use managed::{Managed, RelatedManagers};
pub(crate) use once::NotCarriedOut;
pub(crate) use open_transaction::OpenTransaction;
#[cfg(feature = "server")]
pub(crate) use printable::Printable;
pub(crate) use rule::Access;
pub(crate) use schema::Served;
pub(crate) use set_foreign_keys::set_foreign_keys;
pub(crate) use transaction::in_transaction;
pub(crate) use typed_read::PageCounts;
