//! The statement that made a table, taken apart.
//!
//! Pragmas do not tell everything of a table: CHECKs, conflict clauses, names of constraints, computed columns. So a table
//! that is rebuilt is made by its own statement, in which only what differs is replaced. What SQLite stores is a statement
//! that it has parsed: here it is only split, and a part that is not understood makes the whole not understood.

use crate::interface::sqlite::tokens::{Token, sql};

/// `CREATE TABLE name (columns, constraints) options`.
#[derive(Debug)]
pub(super) struct Statement<'s> {
    pub(super) columns: Vec<Column<'s>>,
    /// The constraints of the table.
    pub(super) constraints: Vec<Clause<'s>>,
    options: Vec<Token<'s>>,
    /// Where what follows the table's name begins.
    pub(super) body: usize,
}

#[derive(Debug)]
pub(super) struct Column<'s> {
    name: Token<'s>,
    pub(super) column_type: Vec<Token<'s>>,
    pub(super) clauses: Vec<Clause<'s>>,
}

/// A constraint, or what else is said of a column, with the constraint's name if it has one.
#[derive(Clone, Debug)]
pub(super) struct Clause<'s> {
    pub(super) kind: ClauseKind,
    pub(super) tokens: Vec<Token<'s>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClauseKind {
    Default,
    Null,
    NotNull,
    PrimaryKey,
    Unique,
    Check,
    /// A foreign key, or what is said of one.
    References,
    Collate,
    Computed,
    /// A name that no constraint follows.
    Name,
}

impl<'s> Statement<'s> {
    /// Absent where the statement is none of a table, or not understood.
    pub(super) fn parse(tokens: &[Token<'s>]) -> Option<Self> {
        let open = tokens.iter().position(|token| token.is_sign('('))?;
        let (head, body) = tokens.split_at(open);
        if !(head.first()?.is("create") && head.iter().any(|token| token.is("table"))) {
            return None;
        }
        let mut reader = Reader { rest: body };
        let inside = reader.parenthesis()?;
        let inside = inside.get(1..inside.len().checked_sub(1)?)?;
        let (mut columns, mut constraints) = (Vec::new(), Vec::new());
        for item in split(inside)? {
            let first = item.first()?;
            let begins = ["constraint", "primary", "unique", "check", "foreign"];
            if begins.iter().any(|word| first.is(word)) {
                constraints.extend(Reader { rest: item }.clauses(true)?);
            } else if constraints.is_empty() {
                columns.push(Column::parse(item)?);
            } else {
                return None;
            }
        }
        Some(Self {
            columns,
            constraints,
            options: reader.rest.to_vec(),
            body: body.first()?.at(),
        })
    }

    /// The statement of a table of this name, which is quoted.
    pub(super) fn create(&self, name: &str, added: &[String]) -> String {
        let mut lines: Vec<_> = self.columns.iter().map(Column::sql).collect();
        lines.extend_from_slice(added);
        lines.extend(self.constraints.iter().map(|clause| sql(&clause.tokens)));
        let options = sql(&self.options);
        let space = if options.is_empty() { "" } else { " " };
        format!(
            "CREATE TABLE {name} (\n    {}\n){space}{options}",
            lines.join(",\n    ")
        )
    }
}

impl<'s> Column<'s> {
    fn parse(item: &[Token<'s>]) -> Option<Self> {
        let (name, rest) = item.split_first()?;
        name.name_or_text()?;
        let mut reader = Reader { rest };
        let mut column_type = Vec::new();
        while let Some(token) = reader.rest.first()
            && !reader.begins_clause()
        {
            if token.is_sign('(') {
                column_type.extend_from_slice(reader.parenthesis()?);
            } else {
                token.name_or_text()?;
                column_type.extend_from_slice(reader.take(1)?);
            }
        }
        Some(Self {
            name: name.clone(),
            column_type,
            clauses: reader.clauses(false)?,
        })
    }

    pub(super) fn name(&self) -> &str {
        self.name.name_or_text().unwrap_or_default()
    }

    pub(super) fn clause(&self, kind: ClauseKind) -> Option<&Clause<'s>> {
        self.clauses.iter().find(|clause| clause.kind == kind)
    }

    pub(super) fn sql(&self) -> String {
        let mut parts = vec![sql(std::slice::from_ref(&self.name)), sql(&self.column_type)];
        parts.extend(self.clauses.iter().map(|clause| sql(&clause.tokens)));
        parts.retain(|part| !part.is_empty());
        parts.join(" ")
    }
}

/// Takes a statement apart, for the fuzzer: what is put together again is the same.
#[cfg(fuzzing)]
pub fn fuzz_statement(text: &str) {
    let read = crate::interface::sqlite::tokens::tokens(text);
    let again = sql(&read);
    assert_eq!(sql(&crate::interface::sqlite::tokens::tokens(&again)), again);
    let Some(statement) = Statement::parse(&read) else {
        return;
    };
    let names = |statement: &Statement<'_>| -> Vec<String> {
        statement
            .columns
            .iter()
            .map(|column| column.name().to_owned())
            .collect()
    };
    let created = statement.create("\"t\"", &[]);
    let read = crate::interface::sqlite::tokens::tokens(&created);
    let Some(again) = Statement::parse(&read) else {
        panic!("not understood: {created}");
    };
    assert_eq!(names(&again), names(&statement), "{created}");
    assert_eq!(again.create("\"t\"", &[]), created);
}

/// What is between the commas that are in no parenthesis.
fn split<'t, 's>(tokens: &'t [Token<'s>]) -> Option<Vec<&'t [Token<'s>]>> {
    let mut depth = 0_u32;
    let mut ends = |token: &Token<'_>| {
        if token.is_sign('(') {
            depth = depth.saturating_add(1);
        } else if token.is_sign(')') {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is_sign(',')
    };
    let items: Vec<_> = tokens.split(|token| ends(token)).collect();
    items.iter().all(|item| !item.is_empty()).then_some(items)
}

struct Reader<'t, 's> {
    rest: &'t [Token<'s>],
}

impl<'t, 's> Reader<'t, 's> {
    fn is(&self, place: usize, word: &str) -> bool {
        self.rest.get(place).is_some_and(|token| token.is(word))
    }

    fn is_any(&self, place: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(place, word))
    }

    fn take(&mut self, count: usize) -> Option<&'t [Token<'s>]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// A parenthesis with all that is in it.
    fn parenthesis(&mut self) -> Option<&'t [Token<'s>]> {
        let mut depth = 0_u32;
        let closes = |token: &Token<'_>| {
            if token.is_sign('(') {
                depth = depth.saturating_add(1);
            } else if token.is_sign(')') {
                depth = depth.saturating_sub(1);
            }
            depth == 0
        };
        let end = self.rest.iter().position(closes)?;
        let starts = self.rest.first()?.is_sign('(');
        starts.then(|| self.take(end.saturating_add(1)))?
    }

    fn begins_clause(&self) -> bool {
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

    fn clauses(mut self, of_table: bool) -> Option<Vec<Clause<'s>>> {
        let mut clauses = Vec::new();
        while !self.rest.is_empty() {
            let before = self.rest;
            let kind = self.clause(of_table)?;
            let length = before.len().checked_sub(self.rest.len())?;
            clauses.push(Clause {
                kind,
                tokens: before.get(..length)?.to_vec(),
            });
        }
        Some(clauses)
    }

    /// Goes behind the next clause.
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
        if first.is_sign('(') {
            self.parenthesis()?;
        } else if first.is_sign('-') || first.is_sign('+') {
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

    /// The other table, its columns, and what happens with them.
    fn references(&mut self) -> Option<()> {
        self.take(1)?;
        if self.rest.first().is_some_and(|token| token.is_sign('(')) {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::interface::sqlite::tokens::tokens;

    #[test]
    fn a_statement_is_put_together_as_it_was() {
        for inside in [
            "a",
            "a INTEGER PRIMARY KEY ASC ON CONFLICT ABORT AUTOINCREMENT, 'b' \"x); DROP TABLE t; --\" (1, -2) DEFAULT new",
            "[a] unsigned big int CONSTRAINT x NOT NULL ON CONFLICT FAIL CONSTRAINT y CHECK (a IN (1, 2)) DEFAULT -1.5e-3 UNIQUE",
            "a TEXT DEFAULT (',' || ')') COLLATE nocase NULL, b AS (a || 'x') STORED, c INT GENERATED ALWAYS AS (1)",
            "a REFERENCES t (b) ON DELETE SET NULL ON UPDATE NO ACTION MATCH full NOT DEFERRABLE INITIALLY DEFERRED NOT NULL",
            "generated generated, b REFERENCES t DEFERRABLE UNIQUE, PRIMARY KEY (a, b COLLATE nocase DESC) ON CONFLICT IGNORE",
            "a, b, CONSTRAINT u UNIQUE (a) CHECK (a > 0), FOREIGN KEY (a) REFERENCES t ON DELETE CASCADE",
        ] {
            let text = format!("CREATE TABLE t ({inside}) WITHOUT ROWID, STRICT");
            let all = tokens(&text);
            let statement = Statement::parse(&all).unwrap();
            let written = statement
                .create("t", &[])
                .replace("\n    ", "")
                .replace("\n)", ")");
            let spaces = |text: &str| text.replace(", ", ",");
            // Constraints need no commas between them.
            let written = spaces(&written).replace("(a),CHECK", "(a) CHECK");
            assert_eq!(written, spaces(&text));
        }
    }

    #[test]
    fn what_is_not_understood() {
        for text in [
            "CREATE VIEW t AS SELECT (1)",
            "CREATE VIRTUAL TABLE t USING fts5",
            "CREATE TABLE t (a, )",
            "CREATE TABLE t (a NOT TRUE)",
            "CREATE TABLE t (a, CHECK (a), b)",
            "CREATE TABLE t (a",
        ] {
            assert!(Statement::parse(&tokens(text)).is_none(), "{text}");
        }
    }
}
