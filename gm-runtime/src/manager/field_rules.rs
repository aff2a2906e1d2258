//! How the rules of a field are declared, and how what is written is judged by them.

use std::cmp::Ordering;

#[cfg(feature = "regex")]
use super::Description;
use super::limit::Limit;
use super::rules::Rules;
use super::{FieldDescription, Pattern};
#[cfg(feature = "regex")]
use crate::error::Error;
use crate::field::{Value, ValueError, ValueType};

impl FieldDescription {
    /// Keeps callers from writing the field: the owner's own code does.
    #[must_use]
    pub const fn with_read_only(mut self) -> Self {
        self.rules.read_only = true;
        self
    }

    /// Keeps queries from filtering by the field.
    #[must_use]
    pub const fn without_filter(mut self) -> Self {
        self.rules.filter = false;
        self
    }

    /// Keeps queries from ordering by the field.
    #[must_use]
    pub const fn without_order(mut self) -> Self {
        self.rules.order = false;
        self
    }

    /// Sets the least value, as it is written: `-3`, `0.01`, `2024-01-31`, `12:30:00` or `2024-01-31T12:30:00Z`.
    ///
    /// # Panics
    /// When it is not one of the field's type, which must be one of numbers, dates or times.
    #[must_use]
    #[track_caller]
    pub const fn with_min(mut self, min: &'static str) -> Self {
        self.rules.min = Some(Limit::read(min, self.value_type));
        self
    }

    /// Sets the greatest value, as [`with_min`](Self::with_min) does the least one, which must be set before.
    ///
    /// # Panics
    /// When it is not one of the field's type, or less than the least one.
    #[must_use]
    #[track_caller]
    pub const fn with_max(mut self, max: &'static str) -> Self {
        let max = Limit::read(max, self.value_type);
        if let Some(min) = &self.rules.min {
            assert!(!min.exceeds(&max), "`max` is less than `min`: no value would fit");
        }
        self.rules.max = Some(max);
        self
    }

    /// Sets a pattern that every text of the field must match as a whole; an empty one that [`blank`](Self::blank)
    /// allows need not.
    ///
    /// # Panics
    /// When the field holds no text.
    #[must_use]
    #[track_caller]
    pub const fn with_regex(mut self, pattern: &'static Pattern) -> Self {
        assert!(
            matches!(self.value_type, ValueType::Text),
            "`regex` is for fields of text"
        );
        #[expect(clippy::assertions_on_constants, reason = "it depends on the features")]
        {
            assert!(
                cfg!(feature = "regex"),
                "`regex` needs gm-runtime's feature `regex`"
            );
        }
        self.rules.pattern = Some(pattern);
        self
    }

    /// Sets a function that judges every value but null.
    #[must_use]
    pub const fn with_validate(mut self, judge: fn(&Value) -> Result<(), ValueError>) -> Self {
        self.rules.judge = Some(judge);
        self
    }

    /// Whether callers can only read the field.
    #[must_use]
    pub const fn read_only(&self) -> bool {
        self.rules.read_only
    }

    /// Whether queries may filter by the field.
    #[must_use]
    pub const fn filter(&self) -> bool {
        self.rules.filter
    }

    /// Whether queries may order by the field.
    #[must_use]
    pub const fn order(&self) -> bool {
        self.rules.order
    }

    /// The least value, as it was written.
    #[must_use]
    pub const fn min(&self) -> Option<&'static str> {
        match &self.rules.min {
            Some(limit) => Some(limit.text),
            None => None,
        }
    }

    /// The greatest value, as it was written.
    #[must_use]
    pub const fn max(&self) -> Option<&'static str> {
        match &self.rules.max {
            Some(limit) => Some(limit.text),
            None => None,
        }
    }

    /// The pattern that every text must match.
    #[must_use]
    pub const fn regex(&self) -> Option<&'static Pattern> {
        self.rules.pattern
    }

    /// Compiles the field's pattern, if it has one.
    ///
    /// # Errors
    /// What is wrong with it.
    #[cfg(feature = "regex")]
    fn compile(&self) -> Result<(), &str> {
        self.rules
            .pattern
            .map_or(Ok(()), |pattern| pattern.compiled().map(drop))
    }

    /// Whether a value of the field's type, which is not null, is as declared.
    pub(super) fn check_rules(&self, value: &Value) -> Result<(), ValueError> {
        let Rules {
            min,
            max,
            pattern,
            judge,
            ..
        } = &self.rules;
        if let Some(min) = min
            && min.compare(value) == Some(Ordering::Less)
        {
            return Err(ValueError::new(match min.is_of_time() {
                true => format!("expected {} or later", min.text),
                false => format!("expected at least {}", min.text),
            }));
        }
        if let Some(max) = max
            && max.compare(value) == Some(Ordering::Greater)
        {
            return Err(ValueError::new(match max.is_of_time() {
                true => format!("expected {} or earlier", max.text),
                false => format!("expected at most {}", max.text),
            }));
        }
        if let (Some(pattern), Value::Text(text)) = (pattern, value)
            && !text.is_empty()
            && !pattern.matches(text)
        {
            return Err(ValueError::new(format!(
                "expected text that matches {}",
                pattern.text()
            )));
        }
        judge.map_or(Ok(()), |judge| judge(value))
    }
}

#[cfg(feature = "regex")]
impl Description {
    /// Compiles the patterns of the fields, so that the first write need not.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a pattern that is none, or is too large.
    pub(crate) fn compile_patterns(&self) -> Result<(), Error> {
        self.fields().iter().try_for_each(|field| {
            field.compile().map_err(|problem| {
                Error::Configuration(format!(
                    "the `regex` of `{}`.`{}` is no pattern: {problem}",
                    self.name(),
                    field.ident()
                ))
            })
        })
    }
}
