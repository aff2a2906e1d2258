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
    service_is_named(remote, errors);
    resource_is_named(model, remote, errors);
    texts_are_in_form(remote, errors);
    something_is_allowed(remote, errors);
    a_client_has_an_api(model, remote, errors);
    a_client_does_what_the_api_allows(model, remote, errors);
    a_client_is_named_beside_its_owner(model, remote, errors);
}

fn service_is_named(remote: &RemoteManager, errors: &Errors) {
    match &remote.base_url {
        Some(url) => errors.rule(url, names::base_url(&url.value)),
        None if remote.complete => errors.at(
            remote.span,
            "missing `base_url`: write `#[remote_manager(base_url = \"https://..\", ..)]`; the builder can replace it",
        ),
        None => {}
    }
}

fn resource_is_named(model: &Model, remote: &RemoteManager, errors: &Errors) {
    // A client that is generated beside its owner takes over the api's.
    let taken_over = model.is_owner();
    match &remote.resource {
        Some(resource) => errors.rule(resource, names::resource(&resource.value)),
        None if remote.complete && !taken_over => errors.at(
            remote.span,
            "missing `resource`: write `#[remote_manager(resource = \"..\", ..)]`",
        ),
        None => {}
    }
}

fn texts_are_in_form(remote: &RemoteManager, errors: &Errors) {
    if let Some(path) = &remote.base_path {
        errors.rule(path, names::base_path(&path.value));
    }
    if let Some(version) = &remote.protocol_version {
        errors.rule(version, names::protocol_version(&version.value));
    }
}

fn something_is_allowed(remote: &RemoteManager, errors: &Errors) {
    if let Some(operations) = remote.operations.as_ref().filter(|_| remote.complete)
        && operations.value.is_empty()
        && !remote.has_websocket()
    {
        errors.at(
            operations.span,
            "no operation is allowed: list some, or leave `operations` out, which allows all",
        );
    }
}

fn a_client_has_an_api(model: &Model, remote: &RemoteManager, errors: &Errors) {
    let attributes = &model.attributes;
    let served = attributes.remote_api.as_ref().is_some_and(RemoteApi::is_enabled);
    if model.is_owner() && !served {
        let ownership = model.ownership();
        errors.at(
            remote.span,
            format!(
                "with {ownership} this generates a client beside the struct, which needs a `#[remote_api(..)]` that \
                 answers it; without {ownership} the struct itself is the client"
            ),
        );
    }
}

fn a_client_does_what_the_api_allows(model: &Model, remote: &RemoteManager, errors: &Errors) {
    let (true, Some(api)) = (model.is_owner(), &model.attributes.remote_api) else {
        return;
    };
    if !api.complete || !api.is_enabled() {
        return;
    }
    let listed = remote.operations.as_ref();
    for operation in listed.into_iter().flat_map(|listed| &listed.value) {
        if api.allows(operation.value).is_none() {
            let name = operation.value.name();
            errors.at(
                operation.span,
                format!(
                    "`{name}` is not allowed by this struct's `#[remote_api]`, which has no `allow_{name}`"
                ),
            );
        }
    }
    if let Some(flag) = remote.websocket_invalidation.as_ref().filter(|flag| flag.value)
        && !api.has_websocket()
    {
        errors.at(
            flag.span,
            "this struct's `#[remote_api]` has no `websocket_invalidation`",
        );
    }
}

fn a_client_is_named_beside_its_owner(model: &Model, remote: &RemoteManager, errors: &Errors) {
    let Some(client) = &remote.client else { return };
    if !model.is_owner() {
        errors.at(
            client.span(),
            "this struct is the client; `client = ..` names the one that is generated beside an owner's struct, which \
             has `#[database(..)]` or `#[manager(interface = ..)]`",
        );
    } else if *client == model.ident {
        errors.at(
            client.span(),
            "the client needs another name than its owner's struct",
        );
    }
}
