//! The handles of the fields for queries, and the descriptions of the fields.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use super::rule;
use super::target::Target;
use crate::attributes::field::{FieldOptions, Kept, OnDelete};
use crate::model::Field;

/// `struct …Fields`. Its parameters are the manager of the query, and the references from there to this manager.
pub(super) fn handles(target: &Target<'_>) -> TokenStream {
    let Target { ident, .. } = target;
    let (vis, private, handles) = (target.vis(), target.private(), target.fields_ident());
    let doc = format!(
        " Handles of the fields of [`{ident}`], for the closures of `filter`, `exclude` and `order_by`."
    );
    let fields = target.fields().map(|(_, field)| {
        let Field { ident: name, ty, .. } = field;
        let doc = format!(" `{}`", field.rust_name);
        let forwarded = field.forwarded.attributes();
        let access = match (field.options.is_filterable(), field.options.is_sortable()) {
            (true, true) => None,
            (false, true) => Some(quote!(, #private::OrderOnly)),
            (true, false) => Some(quote!(, #private::FilterOnly)),
            (false, false) => Some(quote!(, #private::NotQueryable)),
        };
        quote! {
            #[doc = #doc]
            #forwarded
            #vis #name: #private::Field<__M, #ty, __P #access>,
        }
    });
    let references = target.references().map(|reference| {
        let (name, manager) = (&reference.ident, reference.manager);
        let index = Literal::u16_unsuffixed(reference.index);
        let doc = format!(" The row of `{}`", reference.field.rust_name);
        let forwarded = reference.field.forwarded.attributes();
        quote! {
            #[doc = #doc]
            #forwarded
            #vis #name: #private::Reference<__M, #manager, #private::Through<__P, #index>>,
        }
    });
    // Without fields, which has been reported, unused parameters would be another error.
    let brand = target.model.fields.is_empty().then(|| {
        quote!(
            #[doc(hidden)]
            __brand: ::core::marker::PhantomData<fn() -> (__M, __P)>,
        )
    });
    let attributes = target.struct_attributes();
    quote! {
        #[doc = #doc]
        #attributes
        #vis struct #handles<__M = #ident, __P = #private::Direct> {
            #(#fields)*
            #(#references)*
            #brand
        }
    }
}

/// The impls of the handles. Derived ones would have bounds on the parameters, and `Debug` would be code for each field.
pub(super) fn handle_impls(target: &Target<'_>) -> TokenStream {
    let handles = target.fields_ident();
    let name = handles.to_string();
    let fields = target.fields().map(|(index, field)| {
        let (index, name) = (Literal::u16_unsuffixed(index), &field.ident);
        quote!(#name: __gm::Field::at(#index))
    });
    let references = target.references().map(|reference| {
        let name = &reference.ident;
        quote!(#name: __gm::Reference::new())
    });
    let brand = target
        .model
        .fields
        .is_empty()
        .then(|| quote!(__brand: ::core::marker::PhantomData));
    let all = fields.chain(references).chain(brand);
    quote! {
        impl<__M, __P> ::core::clone::Clone for #handles<__M, __P> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<__M, __P> ::core::marker::Copy for #handles<__M, __P> {}
        impl<__M, __P> ::core::fmt::Debug for #handles<__M, __P> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(#name)
            }
        }
        impl<__M: 'static, __P: 'static> __gm::Handles for #handles<__M, __P> {
            const ALL: &'static Self = &Self { #(#all),* };
        }
    }
}

/// `static __FIELDS`.
pub(super) fn descriptions(target: &Target<'_>) -> TokenStream {
    let count = Literal::usize_unsuffixed(target.model.fields.len());
    let descriptions = target.fields().map(|(_, field)| description(target, field));
    let aliases = target.fields().filter_map(|(_, field)| {
        let ty = &field.ty;
        let alias = field.type_alias()?;
        Some(quote!(type #alias = #ty;))
    });
    quote! {
        #(#aliases)*
        static __FIELDS: [__Field; #count] = [#(#descriptions),*];
    }
}

/// The description of one field. Each option has the span of its argument: the runtime checks in const evaluation whether
/// the option suits the type, and the error is reported at that span.
fn description(target: &Target<'_>, field: &Field) -> TokenStream {
    let Field {
        rust_name, options, ..
    } = field;
    let ty = field.short_type();
    let span = field.ident.span();
    // A decimal in a table needs declared digits. The constructors of columns assert that a field without them is no decimal.
    let in_table = target.model.attributes.database.is_some();
    let is_column = in_table && !target.remote && !options.has_errors && !options.has_digits();
    let constructor = match (is_column, field.is_option()) {
        (true, true) => "optional_column",
        (true, false) => "non_null_column",
        (false, true) => "optional",
        (false, false) => "non_null",
    };
    let constructor = Ident::new(constructor, span);
    let mut tokens = quote_spanned!(span=> __Field::#constructor(#rust_name, <#ty as __Type>::KIND));
    if options.rename.is_some() {
        let name = &field.wire_name;
        tokens.extend(quote!(.with_name(#name)));
    }
    if let Some(column) = &options.column {
        let column = &column.value;
        tokens.extend(quote!(.with_column(#column)));
    }
    if let Some(max_length) = &options.max_length {
        let value = Literal::u32_unsuffixed(max_length.value);
        tokens.extend(quote_spanned!(max_length.span=> .with_max_length(#value)));
    }
    if let Some(blank) = options.blank.as_ref().filter(|_| options.is_blank()) {
        tokens.extend(quote_spanned!(blank.span=> .with_blank()));
    }
    if let (Some(digits), Some(places)) = (&options.max_digits, &options.decimal_places) {
        let (max_digits, decimal_places) = (
            Literal::u32_unsuffixed(digits.value),
            Literal::u32_unsuffixed(places.value),
        );
        tokens.extend(quote_spanned!(digits.span=> .with_decimal(#max_digits, #decimal_places)));
    }
    if !target.remote {
        if let Some(unique) = options.unique.as_ref().filter(|unique| unique.value) {
            tokens.extend(quote_spanned!(unique.span=> .with_unique()));
        }
        if let Some(index) = options.index.as_ref().filter(|index| index.value) {
            tokens.extend(quote_spanned!(index.span=> .with_index()));
        }
    }
    tokens.extend(kept(target, options));
    tokens.extend(reference(target, field));
    tokens.extend(default(target, field));
    tokens.extend(query_rules(options));
    tokens.extend(rule::field_rules(target, field));
    tokens.extend(value_rules(field));
    tokens
}

/// The manager of the row whose id the field holds. After a mistake it may have no such name.
fn reference(target: &Target<'_>, field: &Field) -> Option<TokenStream> {
    let mut references = target.references().filter(|_| !target.model.has_errors);
    let reference = references.find(|reference| reference.field.index == field.index)?;
    let constant = reference.constant();
    let on_delete = match field.options.on_delete.as_ref().map(|on_delete| on_delete.value) {
        None | Some(OnDelete::Restrict) => None,
        Some(OnDelete::Cascade) => Some(quote!(.with_on_delete(__gm::OnDelete::Cascade))),
        Some(OnDelete::SetNull) => Some(quote!(.with_on_delete(__gm::OnDelete::SetNull))),
    };
    Some(quote!(.with_reference(#constant.description()#on_delete)))
}

/// What the owner keeps in the field. After a mistake the runtime does not assert the type, which would be a second error.
fn kept(target: &Target<'_>, options: &FieldOptions) -> Option<TokenStream> {
    let kept = options.kept().filter(|_| !target.model.has_errors)?;
    let span = options.flag_of(kept)?;
    let method = match kept {
        Kept::Version => Ident::new("with_version", span),
        Kept::Created => Ident::new("with_created", span),
        Kept::Updated => Ident::new("with_updated", span),
        Kept::Computed => Ident::new("with_computed", span),
    };
    Some(quote_spanned!(span=> .#method()))
}

/// Whether callers may write the field, and which queries may use it.
fn query_rules(options: &FieldOptions) -> TokenStream {
    let mut tokens = TokenStream::new();
    // `with_computed` says all of this.
    if options.is_computed() {
        return tokens;
    }
    if options.is_read_only() {
        tokens.extend(quote!(.with_read_only()));
    }
    if !options.is_filterable() {
        tokens.extend(quote!(.without_filter()));
    }
    if !options.is_sortable() {
        tokens.extend(quote!(.without_order()));
    }
    tokens
}

/// The rules of the values that are written.
fn value_rules(field: &Field) -> TokenStream {
    let options = &field.options;
    let mut tokens = TokenStream::new();
    if let Some(min) = &options.min {
        let text = &min.value;
        tokens.extend(quote_spanned!(min.span=> .with_min(#text)));
    }
    if let Some(max) = &options.max {
        let text = &max.value;
        tokens.extend(quote_spanned!(max.span=> .with_max(#text)));
    }
    if let Some(regex) = &options.regex {
        let text = &regex.value;
        // The static caches the compiled pattern.
        let pattern = quote!({ static __PATTERN: __gm::Pattern = __gm::Pattern::new(#text); &__PATTERN });
        tokens.extend(quote_spanned!(regex.span=> .with_regex(#pattern)));
    }
    if let Some(path) = &options.validate {
        let ty = field.short_type();
        let span = path.span();
        let function = match field.is_option() {
            true => Ident::new("validate_some", span),
            false => Ident::new("validate", span),
        };
        // A call, because it coerces a `&String` to `&str`.
        let call = quote_spanned!(span=> #path(__v));
        // `__v` needs the span of the call: for hygiene, a macro's `$path` has another one.
        let value = Ident::new("__v", span);
        tokens.extend(quote!(.with_validate(|__v| __gm::#function::<#ty, _>(__v, |#value| #call))));
    }
    tokens
}

/// The default of a new row.
fn default(target: &Target<'_>, field: &Field) -> Option<TokenStream> {
    let (ty, options) = (field.short_type(), &field.options);
    let default = options.default.as_ref()?;
    if target.remote {
        return Some(quote!(.with_default(__gm::FieldDefault::Owner)));
    }
    let value = match &default.value {
        Some(value) => quote!(__gm::IntoField::into_field(#value)),
        None => quote_spanned!(default.span=> __gm::Default::default()),
    };
    Some(quote!(.default_fn(|| <#ty as __Type>::into_value(#value))))
}
