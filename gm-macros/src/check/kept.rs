//! The rules on the fields that the owner keeps: `version`, `created`, `updated` and `computed`.

use syn::spanned::Spanned as _;

use super::computed;
use crate::attributes::field::{FieldOptions, Kept};
use crate::diagnostics::Errors;
use crate::model::{Field, Model};

/// The rules on the struct.
pub(super) fn check(model: &Model, errors: &Errors) {
    for kept in [Kept::Version, Kept::Created, Kept::Updated] {
        only_one_field_keeps(model, kept, errors);
    }
}

/// The rules on a field.
pub(super) fn check_field(model: &Model, field: &Field, errors: &Errors) {
    no_field_has_the_name_of_a_generated_method(model, field, errors);
    let Some(kept) = field.options.kept() else {
        return;
    };
    // One mistake is one error: the first violated rule is the reason.
    let _ = a_field_keeps_one_thing(field, kept, errors)
        && computed::an_owner_has_a_method(model, field, errors)
        && it_is_not_the_id(field, kept, errors)
        && the_type_fits(field, kept, errors)
        && it_is_not_written(field, kept, errors)
        && its_values_have_no_rules(field, kept, errors)
        && computed::a_computed_field_is_not_queried(field, kept, errors);
}

fn only_one_field_keeps(model: &Model, kept: Kept, errors: &Errors) {
    let name = kept.name();
    let mut fields = model
        .fields
        .iter()
        .filter_map(|field| Some((field, field.options.flag_of(kept)?)));
    let Some((first, _)) = fields.next() else { return };
    for (_, span) in fields {
        errors.at(
            span,
            format!(
                "a manager has one `{name}` field, and `{}` is already marked as it",
                first.rust_name
            ),
        );
    }
}

fn no_field_has_the_name_of_a_generated_method(model: &Model, field: &Field, errors: &Errors) {
    if field.rust_name == "overwrite" && model.version_field().is_some() {
        errors.at(
            field.ident.span(),
            "a field can't be named `overwrite` in a manager with a version: the generated method of this name writes over any version",
        );
    }
}

fn a_field_keeps_one_thing(field: &Field, kept: Kept, errors: &Errors) -> bool {
    let other = Kept::ALL.into_iter().filter(|other| *other != kept);
    let mut others = other.filter_map(|other| Some((other, field.options.flag_of(other)?)));
    let Some((other, span)) = others.next_back() else {
        return true;
    };
    errors.at(
        span,
        format!(
            "a field is either `{}` or `{}`: use two fields",
            kept.name(),
            other.name()
        ),
    );
    false
}

fn it_is_not_the_id(field: &Field, kept: Kept, errors: &Errors) -> bool {
    let Some(id) = field.options.id.as_ref().filter(|_| field.options.is_id()) else {
        return true;
    };
    errors.at(
        id.span,
        format!("an id can't be `{}`: use two fields", kept.name()),
    );
    false
}

fn the_type_fits(field: &Field, kept: Kept, errors: &Errors) -> bool {
    let expected = match kept {
        Kept::Version => "i64",
        Kept::Created | Kept::Updated => "DateTime<Utc>",
        // That of the owner's method.
        Kept::Computed => return true,
    };
    let is_wrong = match kept {
        // The runtime asserts the type of a time, which has several spellings.
        Kept::Created | Kept::Updated => field.is_option(),
        Kept::Version => !field.is_i64(),
        Kept::Computed => false,
    };
    if is_wrong {
        errors.at(
            field.ty.span(),
            format!("the type of the `{}` field is `{expected}`", kept.name()),
        );
    }
    !is_wrong
}

fn it_is_not_written(field: &Field, kept: Kept, errors: &Errors) -> bool {
    let options = &field.options;
    let rule = options.rules().find(|(name, _)| *name != "read");
    let given = [
        options.default.as_ref().map(|default| ("default", default.span)),
        options
            .read_only
            .as_ref()
            .filter(|_| options.is_read_only())
            .map(|flag| ("read_only", flag.span)),
        rule.map(|(name, rule)| (name, rule.span)),
        options
            .any_preset()
            .map(|preset| (preset_name(options), preset.span)),
    ];
    match given.into_iter().flatten().next() {
        Some((name, span)) => {
            errors.at(
                span,
                format!(
                    "the `{}` field is not written, since the owner keeps it: remove `{name}`",
                    kept.name()
                ),
            );
            false
        }
        None => true,
    }
}

fn preset_name(options: &FieldOptions) -> &'static str {
    match options.preset {
        Some(_) => "preset",
        None => "preset_on_update",
    }
}

fn its_values_have_no_rules(field: &Field, kept: Kept, errors: &Errors) -> bool {
    let options = &field.options;
    let validate = options.validate.as_ref().map(|path| path.span());
    let unique = options.unique.as_ref().filter(|unique| unique.value);
    let given = [
        options.min.as_ref().map(|min| ("min", min.span)),
        options.max.as_ref().map(|max| ("max", max.span)),
        validate.map(|span| ("validate", span)),
        unique.map(|unique| ("unique", unique.span)),
    ];
    match given.into_iter().flatten().next() {
        Some((name, span)) => {
            errors.at(
                span,
                format!(
                    "the owner chooses the values of the `{}` field, and no rule may refuse them: remove `{name}`",
                    kept.name()
                ),
            );
            false
        }
        None => true,
    }
}
