//! What storage did otherwise.

use std::fmt;

/// An answer of storage that is not the one that storage in memory gives.
///
/// `Display` and `Debug` are the same text, so that the panic of an `unwrap` is readable: the request, the expected answer,
/// what came, what was done before, and how to repeat it.
#[derive(Clone)]
pub struct Failure {
    pub(super) manager: &'static str,
    pub(super) mismatch: Mismatch,
    pub(super) before: Vec<String>,
    pub(super) seed: u64,
}

/// An answer and the one that was expected.
#[derive(Clone)]
pub(super) struct Mismatch {
    pub(super) asked: String,
    pub(super) expected: String,
    pub(super) came: String,
}

impl Failure {
    /// The request to the storage.
    #[must_use]
    pub fn asked(&self) -> &str {
        &self.mismatch.asked
    }

    /// What storage in memory answers.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.mismatch.expected
    }

    /// What the storage answered.
    #[must_use]
    pub fn came(&self) -> &str {
        &self.mismatch.came
    }

    /// What was done before, one step a line. Steps that do not matter are left out.
    #[must_use]
    pub fn before(&self) -> &[String] {
        &self.before
    }

    /// The seed that repeats it.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch {
            asked,
            expected,
            came,
        } = &self.mismatch;
        writeln!(
            f,
            "the storage of `{}` does not answer as storage in memory does",
            self.manager
        )?;
        writeln!(f, "asked:    {asked}")?;
        writeln!(f, "expected: {expected}")?;
        writeln!(f, "came:     {came}")?;
        if self.before.is_empty() {
            writeln!(f, "before:   nothing")?;
        } else {
            writeln!(f, "before:")?;
        }
        for (number, step) in (1..).zip(&self.before) {
            writeln!(f, "    {number}. {step}")?;
        }
        write!(f, "repeat:   .seed({})", self.seed)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}
