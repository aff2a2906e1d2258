//! The rules on `#[remote_api(..)]` and `#[permission(..)]`.

use super::names;
use crate::attributes::Operation;
use crate::attributes::permission::Permission;
use crate::attributes::remote_api::RemoteApi;
use crate::diagnostics::Errors;
use crate::model::Model;

pub(super) fn check(model: &Model, errors: &Errors) {
    rules_have_an_api(model, errors);
    // An api that is switched off is none; what is said of it is for the day when it is switched on.
    let Some(api) = model
        .attributes
        .remote_api
        .as_ref()
        .filter(|api| api.is_enabled())
    else {
        return;
    };
    resource_is_named(api, errors);
    texts_are_in_form(api, errors);
    pages_have_rows(api, errors);
    something_is_allowed(api, errors);
    patterns_have_queries(api, errors);
    what_is_exposed_has_a_rule(model, api, errors);
    a_gateway_allows_what_its_owner_does(model, api, errors);
}

fn rules_have_an_api(model: &Model, errors: &Errors) {
    if let Some(permission) = &model.attributes.permission
        && model.attributes.remote_api.is_none()
    {
        errors.at(
            permission.span,
            "these rules bind nobody: this service's own code is trusted, and there is no `#[remote_api(..)]` by which \
             others come in",
        );
    }
}

fn resource_is_named(api: &RemoteApi, errors: &Errors) {
    match &api.resource {
        Some(resource) => errors.rule(resource, names::resource(&resource.value)),
        None if api.complete => errors.at(
            api.span,
            "missing `resource`: write `#[remote_api(resource = \"..\", ..)]`",
        ),
        None => {}
    }
}

fn texts_are_in_form(api: &RemoteApi, errors: &Errors) {
    if let Some(path) = &api.base_path {
        errors.rule(path, names::base_path(&path.value));
    }
    if let Some(version) = &api.protocol_version {
        errors.rule(version, names::protocol_version(&version.value));
    }
}

fn pages_have_rows(api: &RemoteApi, errors: &Errors) {
    let given = [&api.default_page_size, &api.max_page_size];
    for size in given.into_iter().flatten() {
        if size.value == 0 || size.value > i64::MAX as u64 {
            errors.at(size.span, "a page has from 1 to 2^63-1 rows");
            return;
        }
    }
    let (default, max) = api.page_sizes();
    if let Some(size) = api.default_page_size.as_ref().filter(|_| default > max) {
        errors.at(
            size.span,
            format!("`default_page_size` is greater than `max_page_size`, which is {max}"),
        );
    }
}

fn something_is_allowed(api: &RemoteApi, errors: &Errors) {
    if api.operations().is_empty() && !api.has_websocket() && api.complete {
        errors.at(
            api.span,
            "this api allows nothing: add `allow_filter`, `allow_detail`, `allow_create`, `allow_update` or \
             `allow_delete`",
        );
    }
}

fn patterns_have_queries(api: &RemoteApi, errors: &Errors) {
    let queries = api.allows(Operation::Filter).is_some();
    if let Some(regex) = api
        .regex
        .as_ref()
        .filter(|regex| regex.value && !queries && api.complete)
    {
        errors.at(
            regex.span,
            "patterns are for queries, which this api does not allow: add `allow_filter`, or leave `allow_regex` out",
        );
    }
}

fn what_is_exposed_has_a_rule(model: &Model, api: &RemoteApi, errors: &Errors) {
    let permission = model.attributes.permission.as_ref();
    if permission.is_some_and(|permission| !permission.complete) {
        return;
    }
    let exposed = Operation::ALL.into_iter().filter_map(|operation| {
        let flag = api.allows(operation)?;
        Some((
            flag.span,
            format!("allow_{}", operation.name()),
            access(operation),
        ))
    });
    let websocket = api.websocket_invalidation.as_ref().filter(|flag| flag.value);
    let websocket = websocket.map(|flag| (flag.span, "websocket_invalidation".to_owned(), "read"));
    // One missing rule is one mistake, however many operations want it.
    let mut reported: Vec<&str> = Vec::new();
    for (span, flag, access) in exposed.chain(websocket) {
        if permission.is_some_and(|permission| has_rule(permission, access)) || reported.contains(&access) {
            continue;
        }
        reported.push(access);
        errors.at(
            span,
            format!(
                "`{flag}` is exposed, and nothing says to whom: add `#[permission({access} = ..)]` with `public`, \
                 `authenticated` or `nobody`"
            ),
        );
    }
}

fn a_gateway_allows_what_its_owner_does(model: &Model, api: &RemoteApi, errors: &Errors) {
    if model.is_owner() {
        return;
    }
    let remote = model.attributes.remote_manager.as_ref();
    let Some(listed) = remote.and_then(|remote| remote.operations.as_ref()) else {
        return;
    };
    for operation in api.operations() {
        let known = listed.value.iter().any(|known| known.value == operation);
        if let Some(flag) = api.allows(operation).filter(|_| !known) {
            errors.at(
                flag.span,
                format!(
                    "`{}` is not among the `operations(..)` of this struct's `#[remote_manager]`",
                    operation.name()
                ),
            );
        }
    }
}

/// The rule that an operation is bound by.
fn access(operation: Operation) -> &'static str {
    match operation {
        Operation::Filter | Operation::Detail => "read",
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    }
}

fn has_rule(permission: &Permission, access: &str) -> bool {
    match access {
        "read" => permission.read.is_some(),
        "create" => permission.create.is_some(),
        "update" => permission.update.is_some(),
        _ => permission.delete.is_some(),
    }
}
