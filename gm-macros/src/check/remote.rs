//! The rules on `#[remote_manager(..)]`.

use super::names;
use crate::attributes::remote_api::RemoteApi;
use crate::attributes::remote_manager::RemoteManager;
use crate::diagnostics::Errors;
use crate::model::Model;

pub(super) fn check(model: &Model, errors: &Errors) {
    let Some(remote) = &model.attributes.remote_manager else {
        return;
    };
    base_url_is_given(remote, errors);
    resource_is_given(model, remote, errors);
    base_path_and_version_are_valid(remote, errors);
    some_operation_is_allowed(remote, errors);
    a_generated_client_has_an_api(model, remote, errors);
    a_generated_client_uses_only_allowed_operations(model, remote, errors);
    only_a_generated_client_is_named(model, remote, errors);
}

fn base_url_is_given(remote: &RemoteManager, errors: &Errors) {
    match &remote.base_url {
        Some(url) => errors.report_invalid(url, names::check_base_url(&url.value)),
        None if !remote.has_errors => errors.at(
            remote.span,
            "missing `base_url`: write `#[remote_manager(base_url = \"https://..\", ..)]`; the builder can replace it",
        ),
        None => {}
    }
}

fn resource_is_given(model: &Model, remote: &RemoteManager, errors: &Errors) {
    // A generated client uses the resource of `#[remote_api]`.
    let is_inherited = model.is_owner();
    match &remote.resource {
        Some(resource) => errors.report_invalid(resource, names::check_resource(&resource.value)),
        None if !remote.has_errors && !is_inherited => errors.at(
            remote.span,
            "missing `resource`: write `#[remote_manager(resource = \"..\", ..)]`",
        ),
        None => {}
    }
}

fn base_path_and_version_are_valid(remote: &RemoteManager, errors: &Errors) {
    if let Some(path) = &remote.base_path {
        errors.report_invalid(path, names::check_base_path(&path.value));
    }
    if let Some(version) = &remote.protocol_version {
        errors.report_invalid(version, names::check_protocol_version(&version.value));
    }
}

fn some_operation_is_allowed(remote: &RemoteManager, errors: &Errors) {
    if let Some(operations) = remote.operations.as_ref().filter(|_| !remote.has_errors)
        && operations.value.is_empty()
        && !remote.has_websocket()
    {
        errors.at(
            operations.span,
            "no operation is allowed: list at least one, or remove `operations(..)` to allow all",
        );
    }
}

fn a_generated_client_has_an_api(model: &Model, remote: &RemoteManager, errors: &Errors) {
    let attributes = &model.attributes;
    let has_api = attributes.remote_api.as_ref().is_some_and(RemoteApi::is_enabled);
    if model.is_owner() && !has_api {
        let owner_attribute = model.owner_attribute();
        errors.at(
            remote.span,
            format!(
                "a client is generated for this owner, and needs its API: add `#[remote_api(..)]`, or remove \
                 {owner_attribute} to make the struct itself the client"
            ),
        );
    }
}

fn a_generated_client_uses_only_allowed_operations(model: &Model, remote: &RemoteManager, errors: &Errors) {
    let (true, Some(api)) = (model.is_owner(), &model.attributes.remote_api) else {
        return;
    };
    if api.has_errors || !api.is_enabled() {
        return;
    }
    let listed = remote.operations.as_ref();
    for operation in listed.into_iter().flat_map(|listed| &listed.value) {
        if api.allow_flag(operation.value).is_none() {
            let name = operation.value.name();
            errors.at(
                operation.span,
                format!(
                    "`{name}` is not allowed by this struct's `#[remote_api]`: add `allow_{name}` there, or remove `{name}`"
                ),
            );
        }
    }
    if let Some(flag) = remote.websocket_invalidation.as_ref().filter(|flag| flag.value)
        && !api.has_websocket()
    {
        errors.at(
            flag.span,
            "this struct's `#[remote_api]` has no `websocket_invalidation`: add it there, or remove this one",
        );
    }
}

fn only_a_generated_client_is_named(model: &Model, remote: &RemoteManager, errors: &Errors) {
    let Some(client) = &remote.client else { return };
    if !model.is_owner() {
        errors.at(
            client.span(),
            "this struct is itself the client: `client` names the client that is generated for a struct with \
             `#[database(..)]` or `#[manager(interface = ..)]`",
        );
    } else if *client == model.ident {
        errors.at(
            client.span(),
            "the generated client needs another name than the owner's struct",
        );
    }
}
