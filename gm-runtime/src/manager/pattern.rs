//! The pattern of a text field.

use std::fmt;
#[cfg(feature = "regex")]
use std::sync::OnceLock;

/// A regular expression that the whole text of a field must match. It is compiled once.
pub struct Pattern {
    text: &'static str,
    #[cfg(feature = "regex")]
    compiled: OnceLock<Result<regex::Regex, String>>,
}

impl Pattern {
    /// A pattern in the syntax of the crate `regex`.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            #[cfg(feature = "regex")]
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as it is written.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// The compiled pattern.
    ///
    /// # Errors
    /// The message of an invalid pattern.
    #[cfg(feature = "regex")]
    pub(crate) fn compiled(&self) -> Result<&regex::Regex, &str> {
        let compiled = self.compiled.get_or_init(|| compile_anchored(self.text));
        compiled.as_ref().map_err(String::as_str)
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        #[cfg(feature = "regex")]
        return self.compiled().is_ok_and(|compiled| compiled.is_match(text));
        // Without the feature, no field has a pattern.
        #[cfg(not(feature = "regex"))]
        {
            let _ = text;
            false
        }
    }
}

#[cfg(feature = "regex")]
fn compile_anchored(text: &str) -> Result<regex::Regex, String> {
    let compile = |text: &str| regex::Regex::new(text).map_err(|error| error.to_string());
    // Compiled without the group first: an unbalanced `)` would close the group.
    compile(text)?;
    compile(&format!(r"\A(?:{text})\z"))
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}
