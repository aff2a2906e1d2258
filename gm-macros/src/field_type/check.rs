//! The rules on an enum, one function each, named after the rule.

use std::collections::HashMap;

use syn::Fields;
use syn::spanned::Spanned as _;

use super::model::{Model, Variant};
use crate::diagnostics::Errors;

pub(super) fn check(model: &Model, errors: &Errors) {
    for variant in &model.variants {
        fields_are_of_the_other(variant, errors);
        other_holds_text(variant, errors);
        other_has_no_name(variant, errors);
        name_is_text(variant, errors);
    }
    other_is_one_variant(model, errors);
    names_differ(model, errors);
}

fn fields_are_of_the_other(variant: &Variant, errors: &Errors) {
    if variant.other.is_none() && !matches!(variant.fields, Fields::Unit) && !variant.incomplete {
        errors.at(
            variant.fields.span(),
            format!(
                "`{}` holds something, and a field's value is a name alone; where it is to keep the values that have no \
                 variant, write `#[field_type(other)]`",
                variant.ident
            ),
        );
    }
}

fn other_holds_text(variant: &Variant, errors: &Errors) {
    let Some(other) = &variant.other else { return };
    let one = matches!(&variant.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
    if !one {
        errors.at(
            other.span,
            format!(
                "what has no variant is kept as text: write `{}(String)`",
                variant.ident
            ),
        );
    }
}

fn other_has_no_name(variant: &Variant, errors: &Errors) {
    if let (Some(_), Some(rename)) = (&variant.other, &variant.rename) {
        errors.at(
            rename.span,
            "this variant has no name of its own: it keeps the one that came",
        );
    }
}

fn name_is_text(variant: &Variant, errors: &Errors) {
    if let Some(rename) = variant
        .rename
        .as_ref()
        .filter(|rename| rename.value.contains('\0'))
    {
        errors.at(rename.span, "the wire has no U+0000 in text");
    }
}

fn other_is_one_variant(model: &Model, errors: &Errors) {
    let mut others = model
        .variants
        .iter()
        .filter_map(|variant| Some((variant, variant.other.as_ref()?)));
    let Some((first, _)) = others.next() else { return };
    for (_, other) in others {
        errors.at(
            other.span,
            format!("`{}` keeps what has no variant already", first.ident),
        );
    }
}

fn names_differ(model: &Model, errors: &Errors) {
    let mut seen = HashMap::new();
    let named = model.variants.iter().filter(|variant| variant.other.is_none());
    for variant in named.filter(|variant| !variant.incomplete) {
        let name = variant.name();
        match seen.get(&name) {
            Some(other) => errors.at(
                variant.name_span(),
                format!(
                    "`{other}` is \"{name}\" on the wire already; give one of them another name: \
                         `#[field_type(rename = \"..\")]`"
                ),
            ),
            None => {
                seen.insert(name, &variant.ident);
            }
        }
    }
}
