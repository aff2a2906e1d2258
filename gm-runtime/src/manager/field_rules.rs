//! The declaration of a field's rules, and the check of values by them.

use std::cmp::Ordering;

#[cfg(feature = "regex")]
use super::Description;
use super::rules::Rules;
use super::value_range::Limit;
use super::{FieldDescription, Pattern};
#[cfg(feature = "regex")]
use crate::error::Error;
use crate::field::{Value, ValueError, ValueType};

impl FieldDescription {
    /// Makes the field read-only for callers. The owner's own code may write it.
    #[must_use]
    pub const fn with_read_only(mut self) -> Self {
        self.rules.read_only = true;
        self
    }

    /// Forbids filters by the field.
    #[must_use]
    pub const fn without_filter(mut self) -> Self {
        self.rules.filter = false;
        self
    }

    /// Forbids orders by the field.
    #[must_use]
    pub const fn without_order(mut self) -> Self {
        self.rules.order = false;
        self
    }

    /// Sets the minimum as text: `-3`, `0.01`, `2024-01-31`, `12:30:00` or `2024-01-31T12:30:00Z`.
    ///
    /// # Panics
    /// If it is not a value of the field's type, or the field holds neither numbers, dates nor times.
    #[must_use]
    #[track_caller]
    pub const fn with_min(mut self, min: &'static str) -> Self {
        self.rules.min = Some(Limit::read(min, self.value_type));
        self
    }

    /// Sets the maximum, like [`with_min`](Self::with_min). The minimum must be set before.
    ///
    /// # Panics
    /// If it is not a value of the field's type, or is less than the minimum.
    #[must_use]
    #[track_caller]
    pub const fn with_max(mut self, max: &'static str) -> Self {
        let max = Limit::read(max, self.value_type);
        if let Some(min) = &self.rules.min {
            assert!(!min.exceeds(&max), "`max` is less than `min`: no value is valid");
        }
        self.rules.max = Some(max);
        self
    }

    /// Sets a pattern that the whole text must match. Empty text is exempt if [`blank`](Self::blank) allows it.
    ///
    /// # Panics
    /// If the field does not hold text.
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

    /// Sets a function that checks every value except null.
    #[must_use]
    pub const fn with_validate(mut self, validate: fn(&Value) -> Result<(), ValueError>) -> Self {
        self.rules.validate = Some(validate);
        self
    }

    /// Whether callers may only read the field.
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

    /// The minimum, as it is written in the attribute.
    #[must_use]
    pub const fn min(&self) -> Option<&'static str> {
        match &self.rules.min {
            Some(limit) => Some(limit.text),
            None => None,
        }
    }

    /// The maximum, as it is written in the attribute.
    #[must_use]
    pub const fn max(&self) -> Option<&'static str> {
        match &self.rules.max {
            Some(limit) => Some(limit.text),
            None => None,
        }
    }

    /// The pattern that the whole text must match.
    #[must_use]
    pub const fn regex(&self) -> Option<&'static Pattern> {
        self.rules.pattern
    }

    /// Compiles the field's pattern, if it has one.
    ///
    /// # Errors
    /// The message of an invalid pattern.
    #[cfg(feature = "regex")]
    fn compile(&self) -> Result<(), &str> {
        self.rules
            .pattern
            .map_or(Ok(()), |pattern| pattern.compiled().map(drop))
    }

    /// Checks a value of the field's type, which is not null, by the declared rules.
    pub(super) fn check_rules(&self, value: &Value) -> Result<(), ValueError> {
        let Rules {
            min,
            max,
            pattern,
            validate,
            ..
        } = &self.rules;
        if let Some(min) = min
            && min.compare(value) == Some(Ordering::Less)
        {
            return Err(ValueError::new(match min.is_time() {
                true => format!("expected {} or later", min.text),
                false => format!("expected at least {}", min.text),
            }));
        }
        if let Some(max) = max
            && max.compare(value) == Some(Ordering::Greater)
        {
            return Err(ValueError::new(match max.is_time() {
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
        validate.map_or(Ok(()), |validate| validate(value))
    }
}

#[cfg(feature = "regex")]
impl Description {
    /// Compiles the patterns of the fields, so that the first write does not compile them.
    ///
    /// # Errors
    /// [`Error::Configuration`] for a pattern that is invalid or too large.
    pub(crate) fn compile_patterns(&self) -> Result<(), Error> {
        self.fields().iter().try_for_each(|field| {
            field.compile().map_err(|problem| {
                Error::Configuration(format!(
                    "the `regex` of `{}`.`{}` is not a valid pattern: {problem}",
                    self.name(),
                    field.ident()
                ))
            })
        })
    }
}
