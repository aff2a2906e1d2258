//! Constraints, indexes and triggers that name a column, and so depend on its type or collation.

use super::edited_statement::EditedStatement;
use crate::interface::sqlite::schema::create_statement::ClauseKind;
use crate::interface::sqlite::schema::places_constraint::recorded_places;
use crate::interface::sqlite::tokenizer::{mentions, to_sql, tokenize};

impl EditedStatement<'_> {
    /// Refuses to change a column that others name. `problem` says what would happen to them.
    pub(super) fn check_mentions(&self, name: &str, problem: &str) -> Result<(), String> {
        let clauses = self.statement.columns.iter().flat_map(|column| {
            let is_the_column = column.name().eq_ignore_ascii_case(name);
            let clauses = column.clauses.iter();
            clauses.map(move |clause| (is_the_column && clause.kind == ClauseKind::References, clause))
        });
        let of_table = self.statement.constraints.iter().map(|clause| (false, clause));
        for (is_own, clause) in clauses.chain(of_table) {
            let conditions = [ClauseKind::Check, ClauseKind::Computed, ClauseKind::References];
            let names_it = is_own || (conditions.contains(&clause.kind) && mentions(&clause.tokens, name));
            if names_it && recorded_places(&clause.tokens).is_none() {
                return Err(format!(
                    "`{}` of its statement {problem}: remove it first, and add it again in its new form",
                    to_sql(&clause.tokens)
                ));
            }
        }
        for dependent in &self.table.dependents {
            // An index of plain columns does not depend on the meaning of their values.
            let mut indexes = self.table.indexes.iter();
            let is_plain = indexes.any(|index| {
                index.name == dependent.name
                    && !index.partial
                    && index.columns.iter().all(|(column, _)| column.is_some())
            });
            if !is_plain && mentions(&tokenize(&dependent.statement), name) {
                let what = if dependent.is_trigger { "trigger" } else { "index" };
                return Err(format!(
                    "the {what} `{}` {problem}: drop it first, and create it again in its new form",
                    dependent.name
                ));
            }
        }
        Ok(())
    }
}
