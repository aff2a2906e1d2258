//! The declaration of an enum as a model.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Fields};

use crate::attributes::{Argument, arguments, set_once};
use crate::diagnostics::Errors;
use crate::runtime_path;
use crate::spanned::{Spanned, path_span};

/// An enum that carries the derive.
pub(super) struct Model {
    pub(super) ident: Ident,
    /// The path of gm-runtime.
    pub(super) krate: TokenStream,
    pub(super) generic: bool,
    pub(super) variants: Vec<Variant>,
}

/// A variant of the enum.
pub(super) struct Variant {
    pub(super) ident: Ident,
    pub(super) fields: Fields,
    /// The wire name, if it is not the variant's name in snake case.
    pub(super) rename: Option<Spanned<String>>,
    /// The flag of the variant that holds unknown values.
    pub(super) other: Option<Spanned<bool>>,
    /// Whether an argument was rejected.
    pub(super) has_errors: bool,
}

impl Model {
    pub(super) fn parse(input: DeriveInput, errors: &Errors) -> Self {
        let mut krate = None;
        each_argument(&input.attrs, errors, |argument| match argument.name().as_str() {
            "crate" => set_once(&mut krate, argument, argument.path(errors), errors),
            "rename" | "other" => errors.at(
                argument.span(),
                format!("`{}` belongs on a variant, not on the enum", argument.name()),
            ),
            _ => argument.report_unknown(&["crate"], errors),
        });
        let generic = !input.generics.params.is_empty();
        if generic {
            errors.at(input.generics.span(), "the type of a field can't be generic");
        }
        let variants = match input.data {
            Data::Enum(data) => data
                .variants
                .into_iter()
                .map(|variant| Variant::parse(variant, errors))
                .collect(),
            Data::Struct(data) => {
                errors.at(
                    data.struct_token.span,
                    "`FieldType` can be derived for enums only; implement the trait for a struct, as its documentation shows",
                );
                Vec::new()
            }
            Data::Union(data) => {
                errors.at(data.union_token.span, "`FieldType` can be derived for enums only");
                Vec::new()
            }
        };
        Self {
            ident: input.ident,
            krate: runtime_path::resolve(krate.as_ref(), ATTRIBUTE, errors),
            generic,
            variants,
        }
    }
}

impl Variant {
    fn parse(variant: syn::Variant, errors: &Errors) -> Self {
        let (mut rename, mut other) = (None, None);
        let ((), has_errors) = errors.track(|| {
            each_argument(&variant.attrs, errors, |argument| {
                match argument.name().as_str() {
                    "rename" => set_once(&mut rename, argument, argument.text(errors), errors),
                    "other" => set_once(&mut other, argument, argument.flag(errors), errors),
                    "crate" => errors.at(argument.span(), "`crate` belongs on the enum, not on a variant"),
                    _ => argument.report_unknown(&["rename", "other"], errors),
                }
            });
        });
        for attribute in variant.fields.iter().flat_map(|field| &field.attrs) {
            if attribute.path().is_ident(ATTRIBUTE) {
                errors.at(path_span(attribute), "`#[field_type(..)]` belongs on the variant");
            }
        }
        Self {
            ident: variant.ident,
            fields: variant.fields,
            rename,
            other: other.filter(|other: &Spanned<bool>| other.value),
            has_errors,
        }
    }

    /// The value on the wire and in a database.
    pub(super) fn name(&self) -> String {
        match &self.rename {
            Some(rename) => rename.value.clone(),
            None => snake_case(&self.ident.unraw().to_string()),
        }
    }

    /// The span of `rename`, or of the variant's name.
    pub(super) fn name_span(&self) -> Span {
        self.rename
            .as_ref()
            .map_or_else(|| self.ident.span(), |rename| rename.span)
    }
}

const ATTRIBUTE: &str = "field_type";

fn each_argument(attributes: &[Attribute], errors: &Errors, mut read: impl FnMut(&Argument)) {
    let mut seen = false;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(ATTRIBUTE))
    {
        if seen {
            errors.at(
                path_span(attribute),
                "`#[field_type(..)]` is given twice; write one with all arguments: `#[field_type(a, b = ..)]`",
            );
            continue;
        }
        seen = true;
        arguments(attribute, errors).iter().for_each(&mut read);
    }
}

/// Lower case, with an underscore before each capital letter but the first, like serde's `rename_all = "snake_case"`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names_are_in_snake_case() {
        for (name, snake) in [
            ("Active", "active"),
            ("InProgress", "in_progress"),
            ("V2", "v2"),
            ("HTTP", "h_t_t_p"),
            ("Äußerst", "äußerst"),
        ] {
            assert_eq!(snake_case(name), snake);
        }
    }
}
