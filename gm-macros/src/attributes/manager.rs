//! `#[manager(crate = path)]`: what is about the derive itself.

use syn::Attribute;

use super::{arguments, put};
use crate::diagnostics::Errors;

/// Settings of the derive.
#[derive(Default)]
pub(crate) struct ManagerOptions {
    /// Where gm-runtime is, when it goes by another name.
    pub(crate) krate: Option<syn::Path>,
}

impl ManagerOptions {
    pub(super) fn parse(attribute: &Attribute, errors: &Errors) -> Self {
        let mut options = Self::default();
        for argument in arguments(attribute, errors) {
            match argument.name().as_str() {
                "crate" => put(&mut options.krate, &argument, argument.path(errors), errors),
                _ => argument.unknown(&["crate"], errors),
            }
        }
        options
    }
}
