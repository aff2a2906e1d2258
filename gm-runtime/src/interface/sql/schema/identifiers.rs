//! Names that are free.

use std::collections::HashSet;

/// The names that tables and indexes have, which share one namespace in SQLite. They do not tell upper from lower case.
#[derive(Debug, Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    pub(crate) fn take(&mut self, name: &str) {
        self.0.insert(name.to_ascii_lowercase());
    }

    /// This name, or with a number behind it where another has it. It is taken from now on.
    pub(crate) fn free(&mut self, wished: &str) -> String {
        let mut name = wished.to_owned();
        let mut number = 1_u64;
        while !self.0.insert(name.to_ascii_lowercase()) {
            number = number.saturating_add(1);
            name = format!("{wished}_{number}");
        }
        name
    }
}

impl<S: AsRef<str>> FromIterator<S> for Names {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut taken = Self::default();
        for name in names {
            taken.take(name.as_ref());
        }
        taken
    }
}
