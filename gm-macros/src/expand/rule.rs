//! Rules as constants.

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;

use super::target::Target;
use crate::attributes::permission::UpdateRules;
use crate::attributes::rule::{CallerAttribute, Comparison, Constant, Operand, Operator, Rule, written};
use crate::model::{Field, Model, without_self};

/// The rules of the declared struct.
pub(super) struct Permissions {
    /// A constant for each comparison and each function. The lines of the tree stay short.
    pub(super) constants: Vec<TokenStream>,
    /// `.with_permissions(..)`.
    pub(super) call: TokenStream,
}

/// Makes the trees of rules.
struct Rules<'t, 'a> {
    target: &'t Target<'a>,
    constants: Vec<TokenStream>,
}

pub(super) fn permissions(target: &Target<'_>) -> Option<Permissions> {
    // A rule with a mistake names no field.
    let permission = target.permission().filter(|_| !target.model.has_errors)?;
    let mut rules = Rules {
        target,
        constants: Vec::new(),
    };
    let mut calls = TokenStream::new();
    if let Some(rule) = &permission.read {
        let rule = rules.tree(rule);
        calls.extend(quote!(.read(#rule)));
    }
    if let Some(rule) = &permission.create {
        let rule = rules.tree(rule);
        calls.extend(quote!(.create(#rule)));
    }
    match &permission.update {
        None => {}
        Some(UpdateRules::Both(rule)) => {
            let rule = rules.tree(rule);
            calls.extend(quote!(.update(#rule)));
        }
        Some(UpdateRules::Each { before, after }) => {
            let (before, after) = (rules.tree(before), rules.tree(after));
            calls.extend(quote!(.update_of(#before, #after)));
        }
    }
    if let Some(rule) = &permission.delete {
        let rule = rules.tree(rule);
        calls.extend(quote!(.delete(#rule)));
    }
    Some(Permissions {
        constants: rules.constants,
        call: quote!(.with_permissions(__gm::Permissions::none() #calls)),
    })
}

impl Rules<'_, '_> {
    /// The rule, as an expression.
    fn tree(&mut self, rule: &Rule) -> TokenStream {
        match rule {
            Rule::Public => quote!(__gm::Rule::Public),
            Rule::Authenticated => quote!(__gm::Rule::Authenticated),
            Rule::Nobody => quote!(__gm::Rule::Nobody),
            Rule::Admin => quote!(__gm::Rule::Admin),
            Rule::Group(name) => quote!(__gm::Rule::Group(#name)),
            Rule::Permission(name) => quote!(__gm::Rule::Permission(#name)),
            Rule::Compare(comparison) => {
                let value = compare(self.target, comparison);
                self.constant(&value)
            }
            Rule::IsNull(name) => {
                let (index, _) = field(self.target, name);
                quote!(__gm::Rule::IsNull(#index))
            }
            Rule::Changed(name) => {
                let (index, _) = field(self.target, &name.value);
                quote!(__gm::Rule::Changed(#index))
            }
            Rule::Own(path) => {
                let value = own(self.target, path);
                self.constant(&value)
            }
            Rule::All(rules) => {
                let rules = rules.iter().map(|rule| self.tree(rule));
                quote!(__gm::Rule::All(&[#(#rules),*]))
            }
            Rule::Any(rules) => {
                let rules = rules.iter().map(|rule| self.tree(rule));
                quote!(__gm::Rule::Any(&[#(#rules),*]))
            }
            Rule::Not(rule) => {
                let rule = self.tree(rule);
                quote!(__gm::Rule::Not(&#rule))
            }
        }
    }

    /// The name of a new constant with this value.
    fn constant(&mut self, value: &TokenStream) -> TokenStream {
        let name = format_ident!("__RULE_{}", self.constants.len());
        self.constants.push(quote!(const #name: __gm::Rule = #value;));
        quote!(#name)
    }
}

/// The index and the type of a field, whose name has been checked.
fn field(target: &Target<'_>, name: &Ident) -> (Literal, TokenStream) {
    let name = name.unraw();
    let (index, ty) = target
        .fields()
        .find(|(_, field)| name == field.rust_name)
        .map_or((u16::MAX, quote!(())), |(index, field)| {
            (index, field.short_type())
        });
    (Literal::u16_unsuffixed(index), ty)
}

/// `<T as __Type>::KIND.compare(..)`, whose span is the whole comparison.
fn compare(target: &Target<'_>, comparison: &Comparison) -> TokenStream {
    let (index, ty) = field(target, &comparison.field);
    let operator = Ident::new(operator(comparison.operator), Span::call_site());
    let operand = match &comparison.operand {
        Operand::Value(value) => {
            let value = constant(target, value, &ty);
            quote!(__gm::RuleOperand::Value(|| #value))
        }
        Operand::List(values) => {
            let values = values.iter().map(|value| constant(target, value, &ty));
            quote!(__gm::RuleOperand::Values(|| ::std::vec::Vec::from([#(#values),*])))
        }
        Operand::Caller(CallerAttribute::Name) => quote!(__gm::RuleOperand::NAME),
        Operand::Caller(CallerAttribute::Groups) => quote!(__gm::RuleOperand::GROUPS),
        Operand::Caller(CallerAttribute::Claim(name)) => quote!(__gm::RuleOperand::claim(#name)),
    };
    let arguments = quote!((#index, __gm::Op::#operator, #operand));
    // The call begins at the field and ends with the operand, so that an error points to all of it.
    let arguments = arguments.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            let mut group = Group::new(group.delimiter(), group.stream());
            group.set_span(comparison.end);
            TokenTree::Group(group)
        }
        token => token,
    });
    let start = quote_spanned!(comparison.field.span()=> <#ty as __Type>::KIND.compare);
    quote!(#start #(#arguments)*)
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "Equal",
        Operator::NotEqual => "NotEqual",
        Operator::Less => "Less",
        Operator::LessOrEqual => "LessOrEqual",
        Operator::Greater => "Greater",
        Operator::GreaterOrEqual => "GreaterOrEqual",
        Operator::In => "In",
    }
}

/// The value of a constant, converted at its span.
fn constant(target: &Target<'_>, constant: &Constant, ty: &TokenStream) -> TokenStream {
    let tokens = without_self(constant.tokens.clone(), &target.model.ident);
    quote_spanned!(constant.span=> __gm::constant(#tokens, <#ty as __Type>::into_value))
}

/// A rule of the application's own.
fn own(target: &Target<'_>, path: &syn::Path) -> TokenStream {
    let ident = &target.ident;
    let text = written(path);
    let span = path
        .segments
        .last()
        .map_or_else(Span::call_site, |last| last.ident.span());
    let path = without_self(quote!(#path), &target.model.ident);
    // The parameter needs the span of the call, as in the closure of `validate`.
    let caller = Ident::new("__c", span);
    let condition = quote_spanned!(span=> __gm::condition::<#ident, _>(#path(#caller)));
    quote!(__gm::Rule::Own { path: #text, condition: |#caller| #condition })
}

/// The rule of a computed field.
pub(crate) fn computed_rules(model: &Model, field: &Field) -> TokenStream {
    field_rules(&Target::declared(model), field)
}

/// The rules and presets of a field. A consumer leaves them to the owner, which fills a field with a preset.
pub(super) fn field_rules(target: &Target<'_>, field: &Field) -> TokenStream {
    let options = &field.options;
    let mut tokens = TokenStream::new();
    if target.permission().is_none() {
        if target.is_filled_by_owner(field) && !options.is_read_only() {
            tokens.extend(quote!(.with_read_only()));
        }
        return tokens;
    }
    if target.model.has_errors {
        return tokens;
    }
    let mut rules = Rules {
        target,
        constants: Vec::new(),
    };
    for (name, written) in options.rules() {
        let rule = rules.tree(&written.value);
        let method = format_ident!("with_{name}_rule");
        tokens.extend(quote!(.#method(#rule)));
    }
    let presets = [
        ("with_preset", &options.preset),
        ("with_preset_on_update", &options.preset_on_update),
    ];
    for (method, preset) in presets {
        let Some(preset) = preset else { continue };
        let attribute = match &preset.attribute.value {
            CallerAttribute::Name => quote!(Name),
            CallerAttribute::Groups => quote!(Groups),
            CallerAttribute::Claim(name) => quote!(Claim(#name)),
        };
        let method = Ident::new(method, Span::call_site());
        tokens.extend(quote_spanned!(preset.attribute.span=> .#method(__gm::CallerAttribute::#attribute)));
    }
    tokens
}
