//! A reader of the syntax of `CREATE TABLE`.

use super::clause::{Clause, ClauseKind};
use crate::interface::sqlite::tokenizer::Token;

/// Splits at the commas outside of parentheses.
pub(super) fn split<'t, 's>(tokens: &'t [Token<'s>]) -> Option<Vec<&'t [Token<'s>]>> {
    let mut depth = 0_u32;
    let mut ends = |token: &Token<'_>| {
        if token.is_symbol('(') {
            depth = depth.saturating_add(1);
        } else if token.is_symbol(')') {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is_symbol(',')
    };
    let items: Vec<_> = tokens.split(|token| ends(token)).collect();
    items.iter().all(|item| !item.is_empty()).then_some(items)
}

/// A position in a list of tokens. Each method moves behind what it reads, and returns `None` for unknown syntax.
pub(super) struct Reader<'t, 's> {
    pub(super) rest: &'t [Token<'s>],
}

impl<'t, 's> Reader<'t, 's> {
    fn is(&self, index: usize, word: &str) -> bool {
        self.rest.get(index).is_some_and(|token| token.is(word))
    }

    fn is_any(&self, index: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(index, word))
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'t [Token<'s>]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// Reads a parenthesis with its content.
    pub(super) fn parenthesis(&mut self) -> Option<&'t [Token<'s>]> {
        let mut depth = 0_u32;
        let closes = |token: &Token<'_>| {
            if token.is_symbol('(') {
                depth = depth.saturating_add(1);
            } else if token.is_symbol(')') {
                depth = depth.saturating_sub(1);
            }
            depth == 0
        };
        let end = self.rest.iter().position(closes)?;
        let starts = self.rest.first()?.is_symbol('(');
        starts.then(|| self.take(end.saturating_add(1)))?
    }

    pub(super) fn is_at_clause(&self) -> bool {
        let words = [
            "constraint",
            "default",
            "null",
            "not",
            "primary",
            "unique",
            "check",
            "references",
            "collate",
            "as",
            "deferrable",
        ];
        self.is_any(0, &words) || (self.is(0, "generated") && self.is(1, "always") && self.is(2, "as"))
    }

    /// Reads all clauses.
    pub(super) fn clauses(mut self, of_table: bool) -> Option<Vec<Clause<'s>>> {
        let mut clauses = Vec::new();
        while !self.rest.is_empty() {
            let start = self.rest;
            let kind = self.clause(of_table)?;
            let length = start.len().checked_sub(self.rest.len())?;
            clauses.push(Clause {
                kind,
                tokens: start.get(..length)?.to_vec(),
            });
        }
        Some(clauses)
    }

    /// Reads a clause.
    fn clause(&mut self, of_table: bool) -> Option<ClauseKind> {
        if self.is(0, "constraint") {
            self.take(2)?;
            if self.rest.is_empty() || self.is(0, "constraint") {
                return Some(ClauseKind::Name);
            }
        }
        let first = self.take(1)?.first()?;
        if first.is("default") && !of_table {
            self.default()?;
            Some(ClauseKind::Default)
        } else if first.is("null") && !of_table {
            self.on_conflict()?;
            Some(ClauseKind::Null)
        } else if first.is("not") && self.is(0, "null") && !of_table {
            self.take(1)?;
            self.on_conflict()?;
            Some(ClauseKind::NotNull)
        } else if first.is("primary") {
            self.take(1)?;
            if of_table {
                self.parenthesis()?;
            } else if self.is_any(0, &["asc", "desc"]) {
                self.take(1)?;
            }
            self.on_conflict()?;
            if self.is(0, "autoincrement") {
                self.take(1)?;
            }
            Some(ClauseKind::PrimaryKey)
        } else if first.is("unique") {
            if of_table {
                self.parenthesis()?;
            }
            self.on_conflict()?;
            Some(ClauseKind::Unique)
        } else if first.is("check") {
            self.parenthesis()?;
            self.on_conflict()?;
            Some(ClauseKind::Check)
        } else if first.is("foreign") && of_table {
            self.take(1)?;
            self.parenthesis()?;
            self.take(1)?.first().filter(|token| token.is("references"))?;
            self.references()?;
            Some(ClauseKind::References)
        } else if first.is("references") && !of_table {
            self.references()?;
            Some(ClauseKind::References)
        } else if first.is("not") || first.is("deferrable") {
            if first.is("not") {
                self.take(1)?.first().filter(|token| token.is("deferrable"))?;
            }
            self.initially()?;
            Some(ClauseKind::References)
        } else if first.is("collate") {
            self.take(1)?;
            Some(ClauseKind::Collate)
        } else if first.is("generated") || first.is("as") {
            if first.is("generated") {
                self.take(2)?;
            }
            self.parenthesis()?;
            if self.is_any(0, &["stored", "virtual"]) {
                self.take(1)?;
            }
            Some(ClauseKind::Computed)
        } else {
            None
        }
    }

    fn default(&mut self) -> Option<()> {
        let first = self.rest.first()?;
        if first.is_symbol('(') {
            self.parenthesis()?;
        } else if first.is_symbol('-') || first.is_symbol('+') {
            self.take(2)?;
        } else {
            self.take(1)?;
        }
        Some(())
    }

    fn on_conflict(&mut self) -> Option<()> {
        if self.is(0, "on") && self.is(1, "conflict") {
            self.take(3)?;
        }
        Some(())
    }

    /// Reads the referenced table, its columns, the actions and the deferral.
    fn references(&mut self) -> Option<()> {
        self.take(1)?;
        if self.rest.first().is_some_and(|token| token.is_symbol('(')) {
            self.parenthesis()?;
        }
        loop {
            if self.is(0, "on") && self.is_any(2, &["set", "no"]) {
                self.take(4)?;
            } else if self.is(0, "on") {
                self.take(3)?;
            } else if self.is(0, "match") {
                self.take(2)?;
            } else {
                break;
            }
        }
        if self.is(0, "not") && self.is(1, "deferrable") {
            self.take(2)?;
            self.initially()?;
        } else if self.is(0, "deferrable") {
            self.take(1)?;
            self.initially()?;
        }
        Some(())
    }

    fn initially(&mut self) -> Option<()> {
        if self.is(0, "initially") {
            self.take(2)?;
        }
        Some(())
    }
}
