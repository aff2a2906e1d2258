//! Who may read and write a field.

use super::FieldDescription;
use crate::condition::{CallerAttribute, Rule};

impl FieldDescription {
    /// Sets who may read the field. For other callers the field does not exist.
    ///
    /// # Panics
    /// If the rule depends on the row.
    #[must_use]
    #[track_caller]
    pub const fn with_read_rule(mut self, rule: Rule) -> Self {
        check(&rule);
        self.permissions.read = rule;
        self
    }

    /// Sets who may give the field a value when a row is created.
    ///
    /// # Panics
    /// If the rule depends on the row.
    #[must_use]
    #[track_caller]
    pub const fn with_create_rule(mut self, rule: Rule) -> Self {
        check(&rule);
        self.permissions.create = rule;
        self
    }

    /// Sets who may change the field.
    ///
    /// # Panics
    /// If the rule depends on the row.
    #[must_use]
    #[track_caller]
    pub const fn with_update_rule(mut self, rule: Rule) -> Self {
        check(&rule);
        self.permissions.update = rule;
        self
    }

    /// Sets who may give the field a value, when a row is created and later.
    ///
    /// # Panics
    /// If the rule depends on the row.
    #[must_use]
    #[track_caller]
    pub const fn with_write_rule(self, rule: Rule) -> Self {
        self.with_create_rule(rule).with_update_rule(rule)
    }

    /// Fills the field with an attribute of the caller when a row is created. Callers can't send it.
    ///
    /// # Panics
    /// If the field can't hold the attribute.
    #[must_use]
    #[track_caller]
    pub const fn with_preset(mut self, attribute: CallerAttribute) -> Self {
        check_preset(&self, attribute);
        self.permissions.preset = Some(attribute);
        self
    }

    /// Fills the field with an attribute of the caller at each update. Callers can't send it.
    ///
    /// # Panics
    /// If the field can't hold the attribute.
    #[must_use]
    #[track_caller]
    pub const fn with_preset_on_update(mut self, attribute: CallerAttribute) -> Self {
        check_preset(&self, attribute);
        self.permissions.preset_on_update = Some(attribute);
        self
    }

    /// Who may read the field.
    #[must_use]
    pub const fn read_rule(&self) -> &Rule {
        &self.permissions.read
    }

    /// Who may give the field a value when a row is created.
    #[must_use]
    pub const fn create_rule(&self) -> &Rule {
        &self.permissions.create
    }

    /// Who may change the field.
    #[must_use]
    pub const fn update_rule(&self) -> &Rule {
        &self.permissions.update
    }

    /// The attribute of the caller that the field gets when a row is created.
    #[must_use]
    pub const fn preset(&self) -> Option<CallerAttribute> {
        self.permissions.preset
    }

    /// The attribute of the caller that the field gets at each update.
    #[must_use]
    pub const fn preset_on_update(&self) -> Option<CallerAttribute> {
        self.permissions.preset_on_update
    }

    /// Whether the framework fills the field with an attribute of the caller, so that callers can't send it.
    #[must_use]
    pub const fn is_preset(&self) -> bool {
        self.permissions.preset.is_some() || self.permissions.preset_on_update.is_some()
    }
}

#[track_caller]
const fn check(rule: &Rule) {
    assert!(
        !rule.depends_on_row(),
        "the rule of a field depends on the caller alone: compare no field in it"
    );
}

#[track_caller]
const fn check_preset(field: &FieldDescription, attribute: CallerAttribute) {
    assert!(
        !matches!(attribute, CallerAttribute::Groups),
        "`caller.groups` is a list: a preset is `caller.name` or `caller.claim(\"..\")`"
    );
    attribute.check(field.value_type());
}
