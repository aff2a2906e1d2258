//! The differences of all tables, and the SQL that removes them.

use super::difference::{Difference, Remedy, Severity};
use super::target::TargetTable;
use crate::error::Error;

/// For each table the differences, and the SQL that removes them.
pub(crate) struct Report<C> {
    tables: Vec<(Vec<Difference<C>>, String)>,
    /// The SQL behind that of all tables.
    last: String,
}

impl<C> Report<C> {
    pub(crate) fn with_capacity(tables: usize) -> Self {
        Self {
            tables: Vec::with_capacity(tables),
            last: String::new(),
        }
    }

    pub(crate) fn add(&mut self, differences: Vec<Difference<C>>, sql: String) {
        self.tables.push((differences, sql));
    }

    /// Adds SQL that needs the tables which the SQL before it creates.
    pub(crate) fn add_last(&mut self, sql: String) {
        self.last.push_str(&sql);
    }

    pub(crate) fn of_severity(&self, severity: Severity) -> impl Iterator<Item = &Difference<C>> {
        let all = self.tables.iter().flat_map(|(differences, _)| differences);
        all.filter(move |difference| difference.severity == severity)
    }

    /// The SQL, with a comment for each difference.
    pub(crate) fn changes(&self) -> String {
        let mut paragraphs = Vec::new();
        for (differences, sql) in &self.tables {
            let lines: String = differences.iter().map(|line| format!("-- {line}\n")).collect();
            if !lines.is_empty() {
                paragraphs.push(lines + sql);
            }
        }
        paragraphs.extend(Some(self.last.clone()).filter(|sql| !sql.is_empty()));
        paragraphs.join("\n")
    }

    /// Logs the warnings, and refuses the tables if there are errors, with all of them in one.
    pub(crate) fn into_result(self) -> Result<(), Error> {
        for warning in self.of_severity(Severity::Warning) {
            tracing::warn!("{warning}");
        }
        let errors: String = self
            .of_severity(Severity::Error)
            .map(|line| format!("\n- {line}"))
            .collect();
        if errors.is_empty() {
            return Ok(());
        }
        let tables = self.tables.iter().map(|(_, sql)| sql.as_str());
        let sql: String = tables.chain([self.last.as_str()]).collect();
        let remedy = if sql.lines().all(|line| line.starts_with("--")) {
            format!("Change the structs, or the tables.\n{sql}")
        } else {
            format!("Change the structs, or the tables, with this SQL of `GmBuilder::schema_changes`:\n{sql}")
        };
        Err(Error::Configuration(format!(
            "the database does not fit its managers, and existing tables are never changed:{errors}\n{}",
            remedy.trim_end()
        )))
    }
}

/// The differences of a table that does not exist.
pub(crate) fn missing_table<C>(table: &TargetTable, message: &str) -> Vec<Difference<C>> {
    let difference = |manager: &&'static _| Difference {
        table: table.name,
        manager,
        field: None,
        message: message.to_owned(),
        severity: Severity::Error,
        remedy: Remedy::None,
    };
    table.managers.iter().map(difference).collect()
}
