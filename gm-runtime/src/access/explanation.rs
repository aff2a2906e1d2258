//! The explanation of a decision about a caller.

use std::fmt;

use crate::manager::Operation;

/// The explanation of what the rules of a manager decide about a caller, from [`Gm::explain`](crate::Gm::explain).
///
/// It displays the rule that decided, and the parts of the rule that made the difference. For a part that does not hold it
/// says what the caller lacks. It contains no value of a row and no claim of the caller, so it may be logged. It is for the
/// service's own code. A caller that receives it learns of the rules, and of rows that it may not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub(super) manager: &'static str,
    pub(super) operation: Operation,
    pub(super) decision: Decision,
    /// The rule that decided: its name in the attribute, and its text.
    pub(super) rule: Option<(&'static str, String)>,
    pub(super) reasons: Vec<Reason>,
}

/// What the rules decide about a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The caller is allowed the operation.
    Allowed,
    /// The caller is denied the operation.
    Denied,
    /// The caller may not read the row, so the row does not exist for this caller.
    OutOfSight,
    /// There is no row of this id.
    NotFound,
    /// The decision depends on the row, and no row was given. For a create it depends on the new row, and for an update it may
    /// depend on the new values.
    DependsOnRow,
}

/// A part of a rule that made the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub(super) part: String,
    pub(super) holds: Option<bool>,
    pub(super) lack: Option<String>,
}

impl Explanation {
    /// What the rules decide.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// Whether the caller is allowed the operation.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.decision == Decision::Allowed
    }

    /// The rule that decided, as the attribute has it, such as `delete = nobody`. `None` if no rule did.
    #[must_use]
    pub fn rule(&self) -> Option<String> {
        let (name, text) = self.rule.as_ref()?;
        Some(format!("{name} = {text}"))
    }

    /// The parts of the rule that made the difference.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

impl Reason {
    /// The part of the rule as text, such as `tenant == caller.claim("tenant")`.
    #[must_use]
    pub fn part(&self) -> &str {
        &self.part
    }

    /// Whether the part holds. `None` if this depends on a row that was not given.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        self.holds
    }

    /// What the caller lacks for this part, such as "the caller has no name". `None` if it lacks nothing.
    #[must_use]
    pub fn lack(&self) -> Option<&str> {
        self.lack.as_deref()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decision = match self.decision {
            Decision::Allowed => "allowed",
            Decision::Denied => "denied",
            Decision::OutOfSight => "the row may not be read",
            Decision::NotFound => "there is no such row",
            Decision::DependsOnRow => "depends on the row",
        };
        write!(f, "{} of `{}`: {decision}", self.operation.name(), self.manager)?;
        if let Some(rule) = self.rule() {
            write!(f, " by `{rule}`")?;
        }
        for (place, reason) in self.reasons.iter().enumerate() {
            f.write_str(if place == 0 { ": " } else { "; " })?;
            write!(f, "{reason}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.part)?;
        f.write_str(match self.holds {
            Some(true) => "holds",
            Some(false) => "does not hold",
            None => "depends on the row",
        })?;
        match &self.lack {
            Some(lack) => write!(f, " ({lack})"),
            None => Ok(()),
        }
    }
}
