//! The rules on rules: their fields exist, and what they compare suits the place.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;

use crate::attributes::rule::{Operand, Rule, WORDS};
use crate::diagnostics::Errors;
use crate::model::{Field, Model};
use crate::suggestion::{expected_one_of, nearest};

/// Where a rule is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In `#[permission(..)]`, for another operation than an update.
    Row,
    /// In the rule of an update.
    Update,
    /// In `#[field(..)]`.
    Field,
}

pub(super) fn check(model: &Model, errors: &Errors) {
    // Without a valid shape there are no fields to name.
    if model.shape.is_err() {
        return;
    }
    if let Some(permission) = &model.attributes.permission {
        for rule in permission.rules() {
            check_rule(model, rule, Place::Row, errors);
        }
        for rule in permission.update_rules() {
            check_rule(model, rule, Place::Update, errors);
        }
    }
    for field in &model.fields {
        for (_, rule) in field.options.rules() {
            check_rule(model, &rule.value, Place::Field, errors);
        }
    }
}

fn check_rule(model: &Model, rule: &Rule, place: Place, errors: &Errors) {
    rule.for_each_leaf(&mut |leaf| match leaf {
        Rule::Own(path) => {
            let is_function = path
                .get_ident()
                .is_none_or(|name| name_is_a_function(model, name, errors));
            if is_function && place == Place::Field {
                let span = path
                    .segments
                    .last()
                    .map_or_else(Span::call_site, |last| last.ident.span());
                errors.at(span, about_the_caller("a rule of your own"));
            }
        }
        Rule::Compare(comparison) => {
            let field = field(model, &comparison.field, place, errors);
            if field.is_some() {
                operands_are_no_fields(model, &comparison.operand, errors);
            }
        }
        Rule::IsNull(name) => {
            let field = field(model, name, place, errors);
            if let Some(field) = field.filter(|field| !field.is_option()) {
                errors.at(
                    name.span(),
                    format!(
                        "`{}` is never null, because its type is not an `Option`",
                        field.rust_name
                    ),
                );
            }
        }
        Rule::Changed(name) => changed_is_of_an_update(model, &name.value, name.span, place, errors),
        _ => {}
    });
}

/// The field of this name, if a rule at this place may use fields.
fn field<'a>(model: &'a Model, name: &Ident, place: Place, errors: &Errors) -> Option<&'a Field> {
    if place == Place::Field {
        errors.at(name.span(), about_the_caller(&format!("`{name}`")));
        return None;
    }
    let field = find(model, name);
    if field.is_none() {
        let written = name.unraw().to_string();
        let renamed = model.fields.iter().find(|field| field.wire_name == written);
        let advice = match renamed {
            Some(field) => format!("a rule names the field as the struct does: `{}`", field.rust_name),
            None => expected_one_of(&written, &names(model)),
        };
        errors.at(
            name.span(),
            format!("`{}` has no field `{written}`; {advice}", model.ident),
        );
    }
    field
}

fn about_the_caller(what: &str) -> String {
    format!(
        "the rule of a field depends on the caller alone, and {what} depends on the row: use `public`, `authenticated`, `nobody`, \
         `admin`, `group(\"..\")` and `permission(\"..\")`, or write the rule in `#[permission(..)]`"
    )
}

fn operands_are_no_fields(model: &Model, operand: &Operand, errors: &Errors) {
    let constants = match operand {
        Operand::Value(constant) => std::slice::from_ref(constant),
        Operand::List(constants) => constants,
        Operand::Caller(_) => return,
    };
    for name in constants.iter().filter_map(|constant| constant.name.as_ref()) {
        if find(model, name).is_some() {
            errors.at(
                name.span(),
                format!(
                    "`{name}` is a field, and a rule does not compare two fields: compare with a literal, a constant or an attribute \
                     of the caller"
                ),
            );
        }
    }
}

fn changed_is_of_an_update(model: &Model, name: &Ident, span: Span, place: Place, errors: &Errors) {
    if place == Place::Row {
        errors.at(
            span,
            "only an update changes a field: `changed(..)` is for `update = ..` and `update(before = .., after = ..)`",
        );
        return;
    }
    let field = field(model, name, place, errors);
    if field.is_some_and(|field| field.options.is_id()) {
        errors.at(name.span(), "no update changes an id: leave this condition out");
    }
}

/// Whether a single name is that of a function, and no misspelt word.
fn name_is_a_function(model: &Model, name: &Ident, errors: &Errors) -> bool {
    let written = name.unraw().to_string();
    if let Some(field) = find(model, name) {
        let instead = match field.is_bool() {
            true => "true",
            false => "..",
        };
        errors.at(
            name.span(),
            format!("`{written}` is a field, which a rule compares: write `{written} == {instead}`"),
        );
        return false;
    }
    let meant = match written.to_ascii_lowercase().as_str() {
        "everyone" | "anyone" | "all" | "anonymous" => Some("public"),
        "user" | "loggedin" | "logged_in" | "isauthenticated" | "is_authenticated" => Some("authenticated"),
        "none" | "noone" | "never" | "deny" => Some("nobody"),
        "isadmin" | "is_admin" | "superuser" | "staff" => Some("admin"),
        lower => nearest(lower, &WORDS),
    };
    let meant = match meant {
        Some(word) => word.to_owned(),
        None => match nearest(&written, &names(model)) {
            Some(field) => format!("{field} == .."),
            None => return true,
        },
    };
    errors.at(
        name.span(),
        format!("`{written}` is not a rule; did you mean `{meant}`? A function of yours is written `self::{written}`"),
    );
    false
}

fn find<'a>(model: &'a Model, name: &Ident) -> Option<&'a Field> {
    let name = name.unraw();
    model.fields.iter().find(|field| name == field.rust_name)
}

fn names(model: &Model) -> Vec<&str> {
    model
        .fields
        .iter()
        .map(|field| field.rust_name.as_str())
        .collect()
}
