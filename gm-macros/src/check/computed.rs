//! The rules on the fields of a `#[computed]` block, and on the field of a consumer that its owner computes.

use proc_macro2::Span;
use syn::spanned::Spanned as _;

use crate::attributes::field::Kept;
use crate::diagnostics::Errors;
use crate::model::{Field, Model};

/// The arguments that a method of a `#[computed]` block may have.
const KNOWN: &str = "`rename`, `read`, and `max_digits` with `decimal_places`";

/// The rules on a method of a `#[computed]` block.
pub(super) fn check(field: &Field, errors: &Errors) {
    let options = &field.options;
    let rule = options.rules().find(|(name, _)| *name != "read");
    let flags = [
        ("id", &options.id),
        ("blank", &options.blank),
        ("unique", &options.unique),
        ("index", &options.index),
        ("read_only", &options.read_only),
        ("filter", &options.filter),
        ("order", &options.order),
        ("version", &options.version),
        ("created", &options.created),
        ("updated", &options.updated),
        ("computed", &options.computed),
    ];
    let texts = [
        ("column", &options.column),
        ("min", &options.min),
        ("max", &options.max),
        ("regex", &options.regex),
    ];
    let others = [
        options
            .max_length
            .as_ref()
            .map(|length| ("max_length", length.span)),
        options.default.as_ref().map(|default| ("default", default.span)),
        options.validate.as_ref().map(|path| ("validate", path.span())),
        options.preset.as_ref().map(|preset| ("preset", preset.span)),
        options
            .preset_on_update
            .as_ref()
            .map(|preset| ("preset_on_update", preset.span)),
        rule.map(|(name, rule)| (name, rule.span)),
    ];
    let flags = flags
        .into_iter()
        .filter_map(|(name, flag)| Some((name, flag.as_ref()?.span)));
    let texts = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_ref()?.span)));
    let given: Option<(&str, Span)> = flags.chain(texts).chain(others.into_iter().flatten()).next();
    if let Some((name, span)) = given {
        errors.at(
            span,
            format!("a computed field is neither stored nor written, so it has no `{name}`: its arguments are {KNOWN}"),
        );
    }
}

/// An owner's struct has no field that is computed: it has the method.
pub(super) fn an_owner_has_a_method(model: &Model, field: &Field, errors: &Errors) -> bool {
    let Some(span) = field.options.flag_of(Kept::Computed).filter(|_| model.is_owner()) else {
        return true;
    };
    errors.at(
        span,
        format!(
            "an owner computes the field by a method: remove the field, and write `#[computed] impl {} {{ fn {}(&self) -> .. {{ .. }} }}`",
            model.ident, field.rust_name
        ),
    );
    false
}

/// No query filters or orders by a computed field, so the arguments that forbid it would be a second way to say so.
pub(super) fn a_computed_field_is_not_queried(field: &Field, kept: Kept, errors: &Errors) -> bool {
    let options = &field.options;
    let given = [("filter", &options.filter), ("order", &options.order)];
    let given = given
        .into_iter()
        .find_map(|(name, flag)| Some((name, flag.as_ref()?)));
    match given {
        Some((name, flag)) if kept == Kept::Computed => {
            errors.at(
                flag.span,
                format!("no query filters or orders by a computed field: remove `{name}`"),
            );
            false
        }
        _ => true,
    }
}
