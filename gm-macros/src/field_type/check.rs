//! The rules on an enum. Each function is named after its rule, and reports its violation.

use std::collections::HashMap;

use syn::Fields;
use syn::spanned::Spanned as _;

use super::model::{Model, Variant};
use crate::diagnostics::Errors;

pub(super) fn check(model: &Model, errors: &Errors) {
    for variant in &model.variants {
        only_other_holds_data(variant, errors);
        other_holds_text(variant, errors);
        other_is_not_renamed(variant, errors);
        name_contains_no_nul(variant, errors);
    }
    only_one_variant_is_other(model, errors);
    names_differ(model, errors);
}

fn only_other_holds_data(variant: &Variant, errors: &Errors) {
    if variant.other.is_none() && !matches!(variant.fields, Fields::Unit) && !variant.has_errors {
        errors.at(
            variant.fields.span(),
            format!(
                "`{}` holds data, but its value is a name alone: remove the data, or add `#[field_type(other)]` for a \
                 variant that holds unknown values",
                variant.ident
            ),
        );
    }
}

fn other_holds_text(variant: &Variant, errors: &Errors) {
    let Some(other) = &variant.other else { return };
    let has_one_field = matches!(&variant.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
    if !has_one_field {
        errors.at(
            other.span,
            format!(
                "the `other` variant holds unknown values as text: write `{}(String)`",
                variant.ident
            ),
        );
    }
}

fn other_is_not_renamed(variant: &Variant, errors: &Errors) {
    if let (Some(_), Some(rename)) = (&variant.other, &variant.rename) {
        errors.at(
            rename.span,
            "the `other` variant has no name, since it holds the names of unknown values: remove `rename`",
        );
    }
}

fn name_contains_no_nul(variant: &Variant, errors: &Errors) {
    if let Some(rename) = variant
        .rename
        .as_ref()
        .filter(|rename| rename.value.contains('\0'))
    {
        errors.at(
            rename.span,
            "a name can't contain U+0000, which is not allowed in text",
        );
    }
}

fn only_one_variant_is_other(model: &Model, errors: &Errors) {
    let mut others = model
        .variants
        .iter()
        .filter_map(|variant| Some((variant, variant.other.as_ref()?)));
    let Some((first, _)) = others.next() else { return };
    for (_, other) in others {
        errors.at(
            other.span,
            format!(
                "`{}` already holds unknown values: an enum has one `other` variant",
                first.ident
            ),
        );
    }
}

fn names_differ(model: &Model, errors: &Errors) {
    let mut seen = HashMap::new();
    let named = model.variants.iter().filter(|variant| variant.other.is_none());
    for variant in named.filter(|variant| !variant.has_errors) {
        let name = variant.name();
        match seen.get(&name) {
            Some(other) => errors.at(
                variant.name_span(),
                format!(
                    "\"{name}\" is already the name of `{other}`: rename one of them with `#[field_type(rename = \"..\")]`"
                ),
            ),
            None => {
                seen.insert(name, &variant.ident);
            }
        }
    }
}
