//! The statement of a table in which what differs is replaced.

use super::backfill::given;
use super::create_statement::{Clause, ClauseKind, Column, Statement};
use super::decimal_places;
use super::difference::{Change, Difference, Remedy};
use super::introspection::{FoundColumn, FoundIndex, FoundTable};
use super::places_constraint::said;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{WantedColumn, WantedTable, says_places};
use crate::interface::sqlite::tokens::{Token, mention, sql, tokens};

const SQL: SqlDialect = SqlDialect::Sqlite;

/// The statement as it is to be, and what the rows get that are copied.
pub(super) struct Edited<'a> {
    pub(super) statement: Statement<'a>,
    /// What is done to the rows.
    pub(super) comments: String,
    /// Conditions of the new rows in which a value has not the wanted type.
    pub(super) typed: Vec<String>,
    /// Conditions of the old rows in which a value would become another.
    pub(super) lossy: Vec<String>,
    /// Whether a column becomes the `INTEGER PRIMARY KEY`.
    pub(super) makes_key: bool,
    copied: Vec<(&'static str, String)>,
    wanted: &'a WantedTable,
    found: &'a FoundTable,
}

impl<'a> Edited<'a> {
    /// Fails with the reason where something would be lost.
    pub(super) fn new(
        wanted: &'a WantedTable,
        found: &'a FoundTable,
        statement: Statement<'a>,
        differences: &[Difference],
    ) -> Result<Self, String> {
        let mut edited = Self {
            statement,
            comments: String::new(),
            typed: Vec::new(),
            lossy: Vec::new(),
            makes_key: false,
            copied: Vec::new(),
            wanted,
            found,
        };
        let changes = |column: &WantedColumn, change| {
            differences.iter().any(|difference| match difference.remedy {
                Remedy::Rebuild(wish, wished) => {
                    wished == change && wish.name().eq_ignore_ascii_case(column.name())
                }
                _ => false,
            })
        };
        for column in wanted.columns() {
            let Some(old) = found.column(column.name()) else {
                continue;
            };
            if changes(&column, Change::Key) {
                edited.change_key(&column)?;
                if !changes(&column, Change::Type) {
                    edited.keep_values(column.name(), "INTEGER");
                }
            } else if changes(&column, Change::Autoincrement) {
                edited.add_autoincrement(&column)?;
            }
            if changes(&column, Change::Collation) {
                edited.change_collation(&column, old)?;
            }
            if changes(&column, Change::Type) {
                edited.change_type(&column, old)?;
            } else if column.places.is_some() && old.places.is_none() {
                // Only a warning, which ends where the table is made anew.
                decimal_places::copied(wanted, &column, old, &mut edited.comments);
                edited.say_places(&column)?;
            }
            if changes(&column, Change::Null) {
                edited.change_null(&column, old)?;
            }
        }
        Ok(edited)
    }

    /// What the column gets, where it is not its old value.
    pub(super) fn copied(&self, column: &FoundColumn) -> Option<&str> {
        let mut copied = self.copied.iter();
        copied
            .find(|(name, _)| name.eq_ignore_ascii_case(&column.name))
            .map(|(_, value)| value.as_str())
    }

    fn column(&mut self, wish: &WantedColumn) -> Result<&mut Column<'a>, String> {
        let mut columns = self.statement.columns.iter_mut();
        columns
            .find(|column| column.name().eq_ignore_ascii_case(wish.name()))
            .ok_or_else(|| format!("its statement does not name `{}`", wish.name()))
    }

    fn change_type(&mut self, wish: &WantedColumn, old: &FoundColumn) -> Result<(), String> {
        let name = wish.name();
        if decimal_places::changes_values(wish, old) {
            let meant = "would mean other amounts";
            self.check_mentions(name, meant)?;
            let default = self.column(wish)?.clause(ClauseKind::Default);
            let means_nothing = |token: &Token<'_>| token.is("default") || token.is("null") || token.is("0");
            if default.is_some_and(|default| !default.tokens.iter().all(means_nothing)) {
                return Err(format!("the default of `{name}` {meant}: change it first"));
            }
        }
        let column_type = SQL.column_type(wish.field);
        if old.row_number && column_type != "INTEGER" {
            return Err(format!(
                "`{name}` is the number that SQLite gives to a row, and as {column_type} rows would get none"
            ));
        }
        if !self.found.strict {
            let stored = column_type.to_ascii_lowercase();
            let quoted = SQL.quote(name);
            self.typed
                .push(format!("typeof({quoted}) NOT IN ('{stored}', 'null')"));
        }
        if wish.places.is_none() && old.places.is_none() {
            self.keep_values(name, &column_type);
        }
        let says_others = |clause: &Clause<'_>| {
            !said(&clause.tokens).is_some_and(|(column, _)| column.eq_ignore_ascii_case(name))
        };
        self.statement.constraints.retain(says_others);
        let column = self.column(wish)?;
        column.column_type = vec![Token::put_in(column_type.into_owned())];
        column.clauses.retain(says_others);
        if wish.places.is_some() {
            self.say_places(wish)?;
        }
        let copied = decimal_places::copied(self.wanted, wish, old, &mut self.comments);
        self.copied.push((name, copied));
        Ok(())
    }

    /// A column may turn a value into another one of its type: `007` into 7, and a double into a text of 15 digits.
    fn keep_values(&mut self, name: &str, column_type: &str) {
        let (column, table) = (SQL.quote(name), SQL.quote(self.wanted.name));
        let lossy = match column_type {
            "INTEGER" => {
                format!("typeof({column}) = 'text' AND CAST(CAST({column} AS INTEGER) AS TEXT) <> {column}")
            }
            // No double is longer as text. What has no fraction is an integer, whose digits must stay.
            "REAL" => format!(
                "CASE typeof({column}) WHEN 'integer' THEN CAST({column} AS REAL) <> {column}\n    \
                 WHEN 'text' THEN length({column}) > 24 OR abs(CAST({column} AS REAL)) > {:e}\n    \
                 OR ({column} NOT GLOB '*[.eE]*' AND ({integer} || '' <> {column} OR {integer} <> CAST({column} AS REAL))) END",
                f64::MAX,
                integer = format_args!("CAST({column} AS INTEGER)")
            ),
            "TEXT" => {
                format!("typeof({column}) = 'real' AND CAST(CAST({column} AS TEXT) AS REAL) <> {column}")
            }
            _ => return,
        };
        self.comments.push_str(&format!(
            "-- Where a value in {column} is none of {column_type}, or would become another, the copy fails. The latter are:\n\
             --     SELECT * FROM {table} WHERE {}\n",
            lossy.replace("\n    ", " ")
        ));
        self.lossy.push(lossy);
    }

    fn say_places(&mut self, wish: &WantedColumn) -> Result<(), String> {
        if let Some(places) = wish.places {
            let says = says_places(wish.name(), places);
            self.column(wish)?.clauses.push(clause(ClauseKind::Check, says));
        }
        Ok(())
    }

    fn change_null(&mut self, wish: &WantedColumn, old: &FoundColumn) -> Result<(), String> {
        let name = wish.name();
        let column = self.column(wish)?;
        if wish.field.nullable() {
            if column.clause(ClauseKind::NotNull).is_none() {
                return Err(format!("`{name}` is NOT NULL since it is of the primary key"));
            }
            column.clauses.retain(|clause| clause.kind != ClauseKind::NotNull);
            return Ok(());
        }
        column.clauses.retain(|clause| clause.kind != ClauseKind::Null);
        let not_null = clause(ClauseKind::NotNull, "NOT NULL".to_owned());
        column.clauses.push(not_null);
        if wish.id || old.in_key {
            let quoted = SQL.quote(name);
            self.comments.push_str(&format!(
                "-- Rows whose {quoted} is null must get one first: else the copy fails.\n"
            ));
            return Ok(());
        }
        let value = given(wish, &mut self.comments);
        let place = self.copied.iter().position(|(known, _)| *known == name);
        let copied = match place {
            Some(place) => self.copied.swap_remove(place).1,
            None => SQL.quote(name),
        };
        self.copied.push((name, format!("coalesce({copied}, {value})")));
        Ok(())
    }

    /// By the collation SQLite also compares what is unique, what an index holds, and what a condition names.
    fn change_collation(&mut self, wish: &WantedColumn, old: &FoundColumn) -> Result<(), String> {
        let name = wish.name();
        let of_column = |index: &FoundIndex| {
            let mut columns = index.columns.iter();
            columns.any(|(column, _)| column.as_deref().is_some_and(|column| column == old.name))
        };
        if let Some(index) = self.found.indexes.iter().find(|index| of_column(index)) {
            return Err(format!(
                "the collation of `{name}` is also that of what `{}` takes for the same: make that anew with BINARY, or with the \
                 collation written out, and the column without it",
                index.name
            ));
        }
        self.check_mentions(name, "would compare by another collation")?;
        let column = self.column(wish)?;
        column.clauses.retain(|clause| clause.kind != ClauseKind::Collate);
        Ok(())
    }

    /// The column becomes the `INTEGER PRIMARY KEY`, of which there is one.
    fn change_key(&mut self, wish: &WantedColumn) -> Result<(), String> {
        let name = wish.name();
        if self.found.without_rowid {
            return Err("it is WITHOUT ROWID, and SQLite assigns no ids there".to_owned());
        }
        let keys = self.found.columns.iter().filter(|column| column.in_key);
        let keys: Vec<_> = keys.map(|column| format!("`{}`", column.name)).collect();
        let is_key = self.found.column(name).is_some_and(|column| column.in_key);
        if keys.len() > usize::from(is_key) {
            return Err(format!(
                "its primary key is {}, which would become a plain column: others may rely on it",
                keys.join(", ")
            ));
        }
        let is_key = |clause: &Clause<'_>| clause.kind == ClauseKind::PrimaryKey;
        let of_table = self.statement.constraints.iter().position(is_key);
        let of_table = of_table.map(|place| self.statement.constraints.remove(place));
        let column = self.column(wish)?;
        let of_column = column.clauses.iter().position(is_key);
        let of_column = of_column.map(|place| column.clauses.remove(place));
        let mut key = String::new();
        let mut on_conflict = String::new();
        if let Some(there) = of_column.or(of_table) {
            if let [first, named, ..] = there.tokens.as_slice()
                && first.is("constraint")
            {
                key = sql(&[first.clone(), named.clone()]) + " ";
            }
            let on = there.tokens.windows(3).find(|window| match window {
                [on, conflict, _] => on.is("on") && conflict.is("conflict"),
                _ => false,
            });
            on_conflict = on.map_or_else(String::new, |on| format!(" {}", sql(on)));
        }
        self.makes_key = true;
        let column = self.column(wish)?;
        key.push_str(&format!("PRIMARY KEY{on_conflict} AUTOINCREMENT"));
        column.column_type = tokens("INTEGER");
        column.clauses.push(clause(ClauseKind::PrimaryKey, key));
        self.comments.push_str(&format!(
            "-- Rows whose {} is null get a new one.\n",
            SQL.quote(name)
        ));
        Ok(())
    }

    fn add_autoincrement(&mut self, wish: &WantedColumn) -> Result<(), String> {
        let mut clauses = self.column(wish)?.clauses.iter_mut();
        let key = clauses.find(|clause| clause.kind == ClauseKind::PrimaryKey);
        if let Some(key) = key {
            key.tokens.push(Token::put_in("AUTOINCREMENT".to_owned()));
        }
        Ok(())
    }

    /// What names the column, and would be another thing with it.
    fn check_mentions(&self, name: &str, becomes: &str) -> Result<(), String> {
        let clauses = self.statement.columns.iter().flat_map(|column| {
            let own = column.name().eq_ignore_ascii_case(name);
            let clauses = column.clauses.iter();
            clauses.map(move |clause| (own && clause.kind == ClauseKind::References, clause))
        });
        let of_table = self.statement.constraints.iter().map(|clause| (false, clause));
        for (own, clause) in clauses.chain(of_table) {
            let conditions = [ClauseKind::Check, ClauseKind::Computed, ClauseKind::References];
            let names_it = own || (conditions.contains(&clause.kind) && mention(&clause.tokens, name));
            if names_it && said(&clause.tokens).is_none() {
                return Err(format!(
                    "`{}` of its statement {becomes}: take it away first, and put it back as it is to be",
                    sql(&clause.tokens)
                ));
            }
        }
        for belonging in &self.found.belongings {
            // An index of columns holds them whatever they mean.
            let mut indexes = self.found.indexes.iter();
            let plain = indexes.any(|index| {
                index.name == belonging.name
                    && !index.partial
                    && index.columns.iter().all(|(column, _)| column.is_some())
            });
            if !plain && mention(&tokens(&belonging.statement), name) {
                let what = if belonging.is_trigger { "trigger" } else { "index" };
                return Err(format!(
                    "the {what} `{}` {becomes}: drop it first, and make it anew as it is to be",
                    belonging.name
                ));
            }
        }
        Ok(())
    }
}

fn clause<'s>(kind: ClauseKind, sql: String) -> Clause<'s> {
    Clause {
        kind,
        tokens: vec![Token::put_in(sql)],
    }
}
