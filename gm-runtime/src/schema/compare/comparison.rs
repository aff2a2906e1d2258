//! A comparison in progress.

use super::difference::{Breaks, Difference, DifferenceKind, Perspective};

/// A comparison in progress, of one resource.
pub(super) struct Comparison<'a> {
    pub(super) perspective: Perspective,
    pub(super) resource: &'a str,
    /// What the texts call the resource.
    pub(super) subject: &'a str,
    pub(super) found: Vec<Difference>,
}

/// Whom a difference breaks, and whether in each case.
#[derive(Clone, Copy)]
pub(super) struct Effect {
    breaks: Breaks,
    always: bool,
}

impl Effect {
    pub(super) const NOBODY: Self = Self::of(Breaks::Nobody, false);
    /// Some writes fail.
    pub(super) const SOME_WRITES: Self = Self::of(Breaks::Writers, false);
    /// Each write, or each write of the field, fails.
    pub(super) const WRITES: Self = Self::of(Breaks::Writers, true);
    /// Some reads fail.
    pub(super) const SOME_READS: Self = Self::of(Breaks::Readers, false);
    /// Each read fails.
    pub(super) const READS: Self = Self::of(Breaks::Readers, true);

    const fn of(breaks: Breaks, always: bool) -> Self {
        Self { breaks, always }
    }
}

impl Comparison<'_> {
    /// Whether a consumer's struct is compared, which expects only what it declares.
    pub(super) fn is_of_consumer(&self) -> bool {
        self.perspective == Perspective::Consumer
    }

    /// Adds a difference of the resource.
    pub(super) fn add(&mut self, kind: DifferenceKind, effect: Effect) {
        self.push(None, kind, effect);
    }

    /// Adds a difference of a field.
    pub(super) fn add_field(&mut self, field: &str, kind: DifferenceKind, effect: Effect) {
        self.push(Some(field.to_owned()), kind, effect);
    }

    fn push(&mut self, field: Option<String>, kind: DifferenceKind, effect: Effect) {
        self.found.push(Difference {
            resource: self.resource.to_owned(),
            field,
            kind,
            breaks: effect.breaks,
            always: effect.always,
            perspective: self.perspective,
            subject: self.subject.to_owned(),
        });
    }
}
