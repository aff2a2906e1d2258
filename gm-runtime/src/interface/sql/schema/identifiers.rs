//! Unique names for tables and indexes.

use std::collections::HashSet;

/// The names of tables and indexes that are in use. In SQLite they share one namespace, which ignores ASCII case.
#[derive(Debug, Default)]
pub(crate) struct Identifiers(HashSet<String>);

impl Identifiers {
    /// Marks a name as used.
    pub(crate) fn reserve(&mut self, name: &str) {
        self.0.insert(name.to_ascii_lowercase());
    }

    /// Reserves the preferred name, or the name with a number appended if it is in use.
    pub(crate) fn unused(&mut self, preferred: &str) -> String {
        let mut name = preferred.to_owned();
        let mut number = 1_u64;
        while !self.0.insert(name.to_ascii_lowercase()) {
            number = number.saturating_add(1);
            name = format!("{preferred}_{number}");
        }
        name
    }
}

impl<S: AsRef<str>> FromIterator<S> for Identifiers {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut identifiers = Self::default();
        for name in names {
            identifiers.reserve(name.as_ref());
        }
        identifiers
    }
}
