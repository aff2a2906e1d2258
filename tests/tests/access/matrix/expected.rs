//! The answers that the rules in plain Rust expect.

use serde_json::Value as Json;

use super::caller::Caller;
use super::row::UNKNOWN_NAMES;

/// What an answer must be.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    Items {
        status: u16,
        items: Vec<Json>,
        /// `None` for an answer without a total.
        total: Option<usize>,
        /// Whether the caller may read no row.
        denied: bool,
    },
    Refused {
        status: u16,
        code: &'static str,
        details: Details,
    },
}

/// The details that a refusal may have.
#[derive(Clone, Debug)]
pub(crate) enum Details {
    None,
    /// The name of one of these fields.
    OneOf(Vec<&'static str>),
    Any,
}

pub(crate) const MISSING: Expected = Expected::Refused {
    status: 404,
    code: "not_found",
    details: Details::None,
};
pub(crate) const DENIED: Expected = Expected::Refused {
    status: 403,
    code: "permission_denied",
    details: Details::None,
};

pub(crate) const fn refused(code: &'static str) -> Expected {
    let (status, details) = (400, Details::Any);
    Expected::Refused {
        status,
        code,
        details,
    }
}

impl Expected {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Items { status, .. } | Self::Refused { status, .. } => *status,
        }
    }

    pub(crate) fn items(status: u16, items: Vec<Json>) -> Self {
        Self::Items {
            status,
            items,
            total: None,
            denied: false,
        }
    }

    /// What is wrong with an answer.
    pub(crate) fn mismatch(&self, status: u16, body: &Json) -> Option<&'static str> {
        if status != self.status() {
            return Some("the status");
        }
        match self {
            Self::Items {
                items, total, denied, ..
            } => {
                if body["items"] != Json::from(items.clone()) {
                    return Some("the items");
                }
                if body["total_count"].as_u64() != total.map(|total| total as u64) {
                    return Some("the total");
                }
                ((body["metadata"]["denied"] == true) != *denied).then_some("`denied`")
            }
            Self::Refused { code, details, .. } => {
                if body["error_code"] != *code {
                    return Some("the code");
                }
                let found = body["details"]["field"].as_str();
                let fits = match details {
                    Details::None => body["details"].is_null(),
                    Details::OneOf(fields) => found.is_some_and(|found| fields.contains(&found)),
                    Details::Any => true,
                };
                (!fits).then_some("the details")
            }
        }
    }
}

/// The name of a field in a refusal that the caller may neither read nor give.
pub(crate) fn leaked_name(caller: &Caller, sent: &str, body: &Json) -> Option<&'static str> {
    let body = body.to_string();
    let mut hidden = UNKNOWN_NAMES
        .iter()
        .map(|(field, _)| *field)
        .filter(|field| !caller.reads_field(field) && !sent.contains(field));
    hidden.find(|field| body.contains(field))
}
