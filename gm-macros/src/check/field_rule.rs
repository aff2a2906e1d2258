//! The rules on who may write a field, and on presets.

use crate::diagnostics::Errors;
use crate::model::{Field, Model};

pub(super) fn check(model: &Model, field: &Field, errors: &Errors) {
    // One mistake is one error: the first violated rule is the reason.
    let _ = rules_have_permissions(model, field, errors)
        && an_id_has_no_rules(field, errors)
        && write_is_create_and_update(field, errors)
        && callers_do_not_write_a_preset_field(field, errors)
        && a_read_only_field_has_no_rules_of_writes(field, errors)
        && a_preset_on_update_has_a_value_on_create(model, field, errors);
}

/// The name of the first argument about callers, and its span.
fn first(field: &Field) -> Option<(&'static str, proc_macro2::Span)> {
    let options = &field.options;
    let rule = options.rules().next().map(|(name, rule)| (name, rule.span));
    let presets = [
        ("preset", &options.preset),
        ("preset_on_update", &options.preset_on_update),
    ];
    rule.or_else(|| {
        presets
            .into_iter()
            .find_map(|(name, preset)| Some((name, preset.as_ref()?.span)))
    })
}

fn rules_have_permissions(model: &Model, field: &Field, errors: &Errors) -> bool {
    // A consumer may share the struct with its owner, and leaves the rules to it.
    let Some((name, span)) =
        first(field).filter(|_| model.is_owner() && model.attributes.permission.is_none())
    else {
        return true;
    };
    errors.at(
        span,
        format!(
            "`{name}` is about callers, and without `#[permission(..)]` on the struct they may do nothing: add it, or remove `{name}`"
        ),
    );
    false
}

fn an_id_has_no_rules(field: &Field, errors: &Errors) -> bool {
    let Some((name, span)) = first(field).filter(|_| field.options.is_id()) else {
        return true;
    };
    let reason = match name {
        "read" => "every answer and every event contains it",
        "preset" => "the creator of the row gives it, or the database",
        "create" | "write" => "write the rule in `#[permission(create = ..)]`",
        _ => "no update changes it",
    };
    errors.at(span, format!("an id can't have `{name}`: {reason}"));
    false
}

fn write_is_create_and_update(field: &Field, errors: &Errors) -> bool {
    let options = &field.options;
    let (Some(write), Some((name, _))) = (
        &options.write,
        options
            .rules()
            .find(|(name, _)| matches!(*name, "create" | "update")),
    ) else {
        return true;
    };
    errors.at(
        write.span,
        format!("`write` is `create` and `update` in one, and `{name}` is given too: keep `write`, or write these two"),
    );
    false
}

fn callers_do_not_write_a_preset_field(field: &Field, errors: &Errors) -> bool {
    let options = &field.options;
    if options.any_preset().is_none() {
        return true;
    }
    let rule = options.rules().find(|(name, _)| *name != "read");
    let rule = rule.map(|(name, rule)| (name, rule.span));
    let read_only = options.read_only.as_ref().filter(|_| options.is_read_only());
    let Some((name, span)) = rule.or_else(|| read_only.map(|flag| ("read_only", flag.span))) else {
        return true;
    };
    errors.at(
        span,
        format!("no caller can send a field with a preset: remove `{name}`"),
    );
    false
}

fn a_read_only_field_has_no_rules_of_writes(field: &Field, errors: &Errors) -> bool {
    let options = &field.options;
    let Some((name, rule)) = options
        .rules()
        .find(|(name, _)| *name != "read")
        .filter(|_| options.is_read_only())
    else {
        return true;
    };
    errors.at(
        rule.span,
        format!("no caller can send a read-only field: remove `{name}` or `read_only`"),
    );
    false
}

fn a_preset_on_update_has_a_value_on_create(model: &Model, field: &Field, errors: &Errors) -> bool {
    let options = &field.options;
    let Some(preset) = options
        .preset_on_update
        .as_ref()
        .filter(|_| options.preset.is_none() && field.is_required() && !options.has_errors)
    else {
        return true;
    };
    if !model.is_owner() {
        return true;
    }
    errors.at(
        preset.span,
        format!(
            "`{}` is required, but callers can't set a field with a preset when they create a row: add `preset = ..` or a `default`, \
             or make it an `Option`",
            field.rust_name
        ),
    );
    false
}
