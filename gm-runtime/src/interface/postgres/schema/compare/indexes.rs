//! Whether a column has the indexes that its field declares.

use super::comparison::Comparison;
use crate::interface::postgres::schema::change::{Change, Remedy};
use crate::interface::postgres::schema::existing_table::{ExistingColumn, ExistingIndex, Kind};
use crate::interface::sql::schema::TargetColumn;

impl Comparison<'_> {
    pub(super) fn indexes(&mut self, column: &ExistingColumn) {
        let name = &column.name;
        if self.target.unique && !self.target.id && !self.existing.is_unique(column) {
            match &self.existing.kind {
                Kind::Partitioned(key) if *key != [name.as_str()] => self.error(
                    Remedy::None,
                    format!(
                        "the field is `unique`, and Postgres keeps the column `{name}` unique only together with the partition key \
                         `{}`: leave `unique` out",
                        key.join("`, `")
                    ),
                ),
                _ => {
                    let (remedy, because) = self.missing_unique(self.target, column);
                    self.error(
                        remedy,
                        format!(
                            "no unique index is on the column `{name}` alone{because}, and the field is `unique`"
                        ),
                    );
                }
            }
        }
        if self.target.index && !self.target.id && !self.existing.is_indexed(column) {
            let (remedy, because) = self.missing_index(column);
            self.error(
                remedy,
                format!("no index begins with the column `{name}`{because}, and the field has `index`"),
            );
        }
    }

    /// What makes the column unique, and why the indexes that exist do not.
    pub(super) fn missing_unique(&self, target: TargetColumn, column: &ExistingColumn) -> (Remedy, String) {
        let mut remedy = Remedy::CreateIndex(target);
        let mut problems = Vec::new();
        for index in &self.existing.indexes {
            let is_on_column = index.columns.first() == Some(&column.name);
            // Such as `lower("name")`.
            let is_on_expression =
                index.columns.first().is_some_and(String::is_empty) && index.first_key.contains(&column.name);
            let problem = if is_on_expression && index.is_unique {
                Some(format!("is on `{}`", index.first_key))
            } else if !is_on_column {
                None
            } else if let Some(problem) = index.uniqueness_problem(column) {
                index.is_unique.then_some(problem)
            } else {
                // One of them is enough. Building it again may have left further ones.
                let (build, problem) = self.unbuilt(index);
                if matches!(remedy, Remedy::CreateIndex(_)) {
                    remedy = build;
                }
                Some(problem)
            };
            problems.extend(problem.map(|problem| format!("{} {problem}", index.name)));
        }
        (remedy, because(&problems))
    }

    fn missing_index(&self, column: &ExistingColumn) -> (Remedy, String) {
        let mut remedy = Remedy::CreateIndex(self.target);
        let mut problems = Vec::new();
        for index in self.existing.indexes_of(column) {
            let problem = if let Some(predicate) = &index.predicate {
                format!("is partial (WHERE {predicate})")
            } else if !index.is_btree {
                "has no order".to_owned()
            } else if !index.has_column_collation {
                "has another collation than the column, so no lookup can use it".to_owned()
            } else {
                let (build, problem) = self.unbuilt(index);
                if matches!(remedy, Remedy::CreateIndex(_)) {
                    remedy = build;
                }
                problem
            };
            problems.push(format!("{} {problem}", index.name));
        }
        (remedy, because(&problems))
    }

    /// What completes an invalid index, and why it is one.
    fn unbuilt(&self, index: &ExistingIndex) -> (Remedy, String) {
        if matches!(self.existing.kind, Kind::Partitioned(_)) {
            let problem = "is invalid until each partition has an index that is attached to it (ALTER INDEX .. ATTACH PARTITION)";
            return (Remedy::None, problem.to_owned());
        }
        let problem = "is invalid, since its CREATE INDEX CONCURRENTLY failed or still runs";
        (
            Remedy::Change(Change::Reindex(index.name.clone())),
            problem.to_owned(),
        )
    }
}

fn because(problems: &[String]) -> String {
    if problems.is_empty() {
        String::new()
    } else {
        format!(" ({})", problems.join("; "))
    }
}
