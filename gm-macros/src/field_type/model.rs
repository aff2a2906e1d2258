//! What was declared of an enum.

use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Fields};

use crate::attributes::{arguments, put};
use crate::dependency;
use crate::diagnostics::Errors;
use crate::spanned::{Spanned, path_span};

/// An enum that carries the derive.
pub(super) struct Model {
    pub(super) ident: Ident,
    /// Where gm-runtime is.
    pub(super) krate: TokenStream,
    pub(super) generic: bool,
    pub(super) variants: Vec<Variant>,
}

/// A variant.
pub(super) struct Variant {
    pub(super) ident: Ident,
    pub(super) fields: Fields,
    /// The name that was given to it for the wire.
    pub(super) rename: Option<Spanned<String>>,
    /// Whether it takes the values that have no variant, and where that is said.
    pub(super) other: Option<Spanned<bool>>,
    /// Whether an argument was not understood.
    pub(super) incomplete: bool,
}

impl Model {
    pub(super) fn parse(input: DeriveInput, errors: &Errors) -> Self {
        let mut krate = None;
        each_argument(&input.attrs, errors, |argument| match argument.name().as_str() {
            "crate" => put(&mut krate, argument, argument.path(errors), errors),
            "rename" | "other" => errors.at(
                argument.span(),
                format!("`{}` belongs on a variant, not on the enum", argument.name()),
            ),
            _ => argument.unknown(&["crate"], errors),
        });
        let generic = !input.generics.params.is_empty();
        if generic {
            errors.at(
                input.generics.span(),
                "the type of a field can't be generic: its values have one form",
            );
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
                    "`FieldType` is derived for enums; for a struct implement the trait, whose documentation shows how",
                );
                Vec::new()
            }
            Data::Union(data) => {
                errors.at(data.union_token.span, "`FieldType` is derived for enums");
                Vec::new()
            }
        };
        Self {
            ident: input.ident,
            krate: dependency::path(krate.as_ref(), ATTRIBUTE, errors),
            generic,
            variants,
        }
    }
}

impl Variant {
    fn parse(variant: syn::Variant, errors: &Errors) -> Self {
        let (mut rename, mut other) = (None, None);
        let ((), understood) = errors.watch(|| {
            each_argument(&variant.attrs, errors, |argument| {
                match argument.name().as_str() {
                    "rename" => put(&mut rename, argument, argument.text(errors), errors),
                    "other" => put(&mut other, argument, argument.flag(errors), errors),
                    "crate" => errors.at(argument.span(), "`crate` belongs on the enum, not on a variant"),
                    _ => argument.unknown(&["rename", "other"], errors),
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
            incomplete: !understood,
        }
    }

    /// The value on the wire.
    pub(super) fn name(&self) -> String {
        match &self.rename {
            Some(rename) => rename.value.clone(),
            None => snake_case(&self.ident.unraw().to_string()),
        }
    }

    /// Where the value on the wire is said.
    pub(super) fn name_span(&self) -> Span {
        self.rename
            .as_ref()
            .map_or_else(|| self.ident.span(), |rename| rename.span)
    }
}

const ATTRIBUTE: &str = "field_type";

fn each_argument(
    attributes: &[Attribute],
    errors: &Errors,
    mut read: impl FnMut(&crate::attributes::Argument),
) {
    let mut seen = false;
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident(ATTRIBUTE))
    {
        if seen {
            errors.at(
                path_span(attribute),
                "`#[field_type(..)]` is there twice; join them: `#[field_type(a, b = ..)]`",
            );
            continue;
        }
        seen = true;
        arguments(attribute, errors).iter().for_each(&mut read);
    }
}

/// An underscore before each capital letter but the first, as serde's `rename_all = "snake_case"` has it.
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
