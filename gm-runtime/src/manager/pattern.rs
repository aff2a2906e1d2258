//! What a text must look like.

use std::fmt;
#[cfg(feature = "regex")]
use std::sync::OnceLock;

/// A regular expression that every text of a field must match as a whole. It is compiled once.
pub struct Pattern {
    text: &'static str,
    #[cfg(feature = "regex")]
    compiled: OnceLock<Result<regex::Regex, String>>,
}

impl Pattern {
    /// The pattern as it was written, in the syntax of the crate `regex`.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            #[cfg(feature = "regex")]
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as it was written.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// The pattern, compiled.
    ///
    /// # Errors
    /// What is wrong with it.
    #[cfg(feature = "regex")]
    pub(crate) fn compiled(&self) -> Result<&regex::Regex, &str> {
        let compiled = self.compiled.get_or_init(|| whole(self.text));
        compiled.as_ref().map_err(String::as_str)
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        #[cfg(feature = "regex")]
        return self.compiled().is_ok_and(|compiled| compiled.is_match(text));
        // No field has a pattern then.
        #[cfg(not(feature = "regex"))]
        {
            let _ = text;
            false
        }
    }
}

#[cfg(feature = "regex")]
fn whole(text: &str) -> Result<regex::Regex, String> {
    let compile = |text: &str| regex::Regex::new(text).map_err(|error| error.to_string());
    // Alone first: what closes a group that it did not open would break out of ours.
    compile(text)?;
    compile(&format!(r"\A(?:{text})\z"))
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}
