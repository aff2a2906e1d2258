//! The rules on `#[remote_api(..)]`.

use super::names;
use crate::attributes::Operation;
use crate::attributes::remote_api::RemoteApi;
use crate::diagnostics::Errors;
use crate::model::Model;

pub(super) fn check(model: &Model, errors: &Errors) {
    // A disabled API is not checked, so that it can be completed later.
    let Some(api) = model
        .attributes
        .remote_api
        .as_ref()
        .filter(|api| api.is_enabled())
    else {
        return;
    };
    resource_is_named(api, errors);
    base_path_and_version_are_valid(api, errors);
    page_sizes_are_in_range(api, errors);
    some_operation_is_allowed(api, errors);
    regex_and_counts_need_queries(api, errors);
    exposed_operations_have_rules(model, api, errors);
    a_gateway_exposes_only_available_operations(model, api, errors);
}

fn resource_is_named(api: &RemoteApi, errors: &Errors) {
    match &api.resource {
        Some(resource) => errors.report_invalid(resource, names::check_resource(&resource.value)),
        None if !api.has_errors => errors.at(
            api.span,
            "missing `resource`: write `#[remote_api(resource = \"..\", ..)]`",
        ),
        None => {}
    }
}

fn base_path_and_version_are_valid(api: &RemoteApi, errors: &Errors) {
    if let Some(path) = &api.base_path {
        errors.report_invalid(path, names::check_base_path(&path.value));
    }
    if let Some(version) = &api.protocol_version {
        errors.report_invalid(version, names::check_protocol_version(&version.value));
    }
}

fn page_sizes_are_in_range(api: &RemoteApi, errors: &Errors) {
    let given = [&api.default_page_size, &api.max_page_size];
    for size in given.into_iter().flatten() {
        if size.value == 0 || size.value > i64::MAX as u64 {
            errors.at(size.span, "a page size is from 1 to 2^63-1");
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

fn some_operation_is_allowed(api: &RemoteApi, errors: &Errors) {
    if api.operations().is_empty() && !api.has_websocket() && !api.has_errors {
        errors.at(
            api.span,
            "this API allows no operation: add `allow_filter`, `allow_detail`, `allow_create`, `allow_update` or \
             `allow_delete`",
        );
    }
}

fn regex_and_counts_need_queries(api: &RemoteApi, errors: &Errors) {
    if api.allow_flag(Operation::Filter).is_some() || api.has_errors {
        return;
    }
    for (name, flag) in [("allow_regex", &api.regex), ("allow_counts", &api.counts)] {
        if let Some(flag) = flag.as_ref().filter(|flag| flag.value) {
            errors.at(
                flag.span,
                format!("`{name}` is for queries, which this API does not allow: add `allow_filter`, or remove `{name}`"),
            );
        }
    }
}

fn exposed_operations_have_rules(model: &Model, api: &RemoteApi, errors: &Errors) {
    let permission = model.attributes.permission.as_ref();
    if permission.is_some_and(|permission| permission.has_errors) {
        return;
    }
    let operations = Operation::ALL.into_iter().filter_map(|operation| {
        let flag = api.allow_flag(operation)?;
        Some((
            flag.span,
            format!("allow_{}", operation.name()),
            access(operation),
        ))
    });
    let websocket = api.websocket_invalidation.as_ref().filter(|flag| flag.value);
    let websocket = websocket.map(|flag| (flag.span, "websocket_invalidation".to_owned(), "read"));
    // A missing rule is reported once, although several operations may need it.
    let mut reported: Vec<&str> = Vec::new();
    for (span, flag, access) in operations.chain(websocket) {
        if permission.is_some_and(|permission| permission.has_rule(access)) || reported.contains(&access) {
            continue;
        }
        reported.push(access);
        errors.at(
            span,
            format!(
                "`{flag}` has no permission rule: add `#[permission({access} = ..)]`, such as `{access} = authenticated`"
            ),
        );
    }
}

fn a_gateway_exposes_only_available_operations(model: &Model, api: &RemoteApi, errors: &Errors) {
    if model.is_owner() {
        return;
    }
    let remote = model.attributes.remote_manager.as_ref();
    let Some(listed) = remote.and_then(|remote| remote.operations.as_ref()) else {
        return;
    };
    for operation in api.operations() {
        let is_listed = listed.value.iter().any(|listed| listed.value == operation);
        if let Some(flag) = api.allow_flag(operation).filter(|_| !is_listed) {
            errors.at(
                flag.span,
                format!(
                    "`{}` is not among the `operations(..)` of this struct's `#[remote_manager]`: add it there, or remove this flag",
                    operation.name()
                ),
            );
        }
    }
}

/// The argument of `#[permission]` that applies to an operation.
fn access(operation: Operation) -> &'static str {
    match operation {
        Operation::Filter | Operation::Detail => "read",
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
    }
}
