//! Every refusal that the package has, and what it is here.

use gm_runtime::Error;
use gm_runtime::error::{Extension, RemoteError};
use gm_runtime::query::Cursor;
use rust_decimal::Decimal;

use super::Peer;
use super::managers::{
    RemoteBrokenThing, RemoteBrokenThingCreate, RemoteGuardedThing, RemoteGuardedThingCreate,
    RemoteHiddenThing, RemotePrivateThing, RemotePrivateThingCreate, RemoteProject, RemoteProjectCreate,
    RemoteProjectOfTomorrow, RemoteProjectV2, RemoteReadOnlyThing, RemoteVersionedItem, RemoteWorkItem,
    RemoteWorkItemCreate,
};

/// Far more than any row has.
const NOBODY: i64 = 999_999_999;

pub(super) fn refused<T: std::fmt::Debug>(
    answer: Result<T, Error>,
    status: u16,
    code: Option<&str>,
) -> Error {
    let error = answer.unwrap_err();
    let remote = error.remote().unwrap_or_else(|| panic!("{error}"));
    assert_eq!((remote.status(), remote.error_code()), (status, code), "{error}");
    assert!(RemoteError::request_id(remote).is_some(), "{error}");
    error
}

pub(super) async fn a_row_that_is_not_there(peer: Peer) {
    let gm = peer.caller().await;
    let not_found = Some("not_found");
    let read = RemoteProject::get(&gm, NOBODY).await;
    assert!(refused(read, 404, not_found).is_not_found());
    let update = RemoteProject::by_id(NOBODY).update().status("x").exec(&gm).await;
    assert!(refused(update, 404, not_found).is_not_found());
    let delete = RemoteProject::by_id(NOBODY).delete(&gm).await;
    assert!(refused(delete, 404, not_found).is_not_found());
    assert_eq!(RemoteProject::get(&gm, NOBODY).optional().await.unwrap(), None);
}

/// The package's gateway answers 400 for whatever its owner refuses.
pub(super) async fn a_python_gateway_does_not_understand(peer: Peer) {
    let gm = peer.caller().await;
    let read = RemoteProject::get(&gm, NOBODY).await;
    assert!(!refused(read, 400, Some("invalid_request")).is_not_found());
}

pub(super) async fn a_value_that_does_not_fit(peer: Peer) {
    let gm = peer.caller().await;
    let too_long = RemoteProjectCreate {
        name: "x".repeat(201),
        status: "s".into(),
    };
    let error = refused(
        RemoteProject::create(too_long).exec(&gm).await,
        400,
        Some("validation_error"),
    );
    assert!(error.is_invalid());
}

/// The package ignores `If-Match`, so an update that expects a version would overwrite any other.
pub(super) async fn an_owner_without_versions_gets_none(peer: Peer) {
    let gm = peer.caller().await;
    let create = RemoteWorkItemCreate {
        title: "first".into(),
        amount: Decimal::ONE,
    };
    let id = RemoteWorkItem::create(create).exec(&gm).await.unwrap().id;
    let row = RemoteVersionedItem::get(&gm, id).await.unwrap();
    let is_unsupported = |error: Error| {
        assert!(
            matches!(
                &error,
                Error::Unsupported {
                    extension: Extension::Version,
                    ..
                }
            ),
            "{error}"
        );
    };
    is_unsupported(row.update().title("second").exec(&gm).await.unwrap_err());
    is_unsupported(row.delete(&gm).await.unwrap_err());
    // A handle that has received no reply yet asks first.
    let other = peer.caller().await;
    is_unsupported(row.update().title("second").exec(&other).await.unwrap_err());
    assert_eq!(RemoteVersionedItem::get(&gm, id).fresh().await.unwrap(), row);

    let updated = row.update().title("second").overwrite().exec(&gm).await.unwrap();
    assert_eq!(updated.title, "second");
    row.delete(&gm).overwrite().await.unwrap();
}

/// The package has no route for several writes, so nothing is sent.
pub(super) async fn an_owner_without_batches_gets_none(peer: Peer) {
    let gm = peer.caller().await;
    let mut batch = gm.batch();
    batch.add(RemoteProject::create(RemoteProjectCreate {
        name: "N".into(),
        status: "batched".into(),
    }));
    let refused = batch.send().await.unwrap_err();
    assert!(
        matches!(
            refused.error(),
            Error::Unsupported {
                extension: Extension::Batch,
                ..
            }
        ),
        "{refused}"
    );
    let found = RemoteProject::filter(|p| p.status.eq("batched"))
        .all(&gm)
        .await
        .unwrap();
    assert!(found.is_empty());
}

/// The package ignores `Idempotency-Key`, so a write that is sent again would be carried out twice.
pub(super) async fn an_owner_without_idempotency_keys_gets_none(peer: Peer) {
    let create = || {
        RemoteProject::create(RemoteProjectCreate {
            name: "N".into(),
            status: "keyed".into(),
        })
    };
    // A handle that has received no reply yet asks first.
    let gm = peer.caller().await;
    let refused = create().exec(&gm).idempotency_key("k").await.unwrap_err();
    assert!(
        matches!(
            &refused,
            Error::Unsupported {
                extension: Extension::Idempotency,
                ..
            }
        ),
        "{refused}"
    );
    // Without a key of the application, the write has none, and is carried out.
    let gm = peer.caller().await;
    let created = create().exec(&gm).await.unwrap();
    let found = RemoteProject::filter(|p| p.status.eq("keyed"))
        .all(&gm)
        .await
        .unwrap();
    assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), [created.id]);
    created.delete(&gm).await.unwrap();
}

pub(super) async fn a_field_that_the_owner_has_not(peer: Peer) {
    let gm = peer.caller().await;
    let filtered = RemoteProjectOfTomorrow::filter(|p| p.budget.gt(5));
    refused(filtered.all(&gm).await, 400, Some("invalid_request"));

    let create = RemoteProjectCreate {
        name: "N".into(),
        status: "s".into(),
    };
    let project = RemoteProject::create(create).exec(&gm).await.unwrap();
    match RemoteProjectOfTomorrow::get(&gm, project.id).await {
        Err(Error::Decode(error)) => assert_eq!(error.field(), Some("budget")),
        other => panic!("{other:?}"),
    }
}

/// The package answers a cursor with its first page.
pub(super) async fn a_cursor_that_the_owner_ignores(peer: Peer) {
    let gm = peer.caller().await;
    let page = RemoteProject::query()
        .page(1)
        .page_size(1)
        .all(&gm)
        .await
        .unwrap();
    assert_eq!(page.next_cursor(), None);
    let query = RemoteProject::query()
        .page_size(1)
        .after(&"W1tdLDFd".parse::<Cursor>().unwrap());
    let error = query.all(&gm).await.unwrap_err();
    let is_known = matches!(
        error,
        Error::Unsupported {
            extension: Extension::Cursor,
            ..
        }
    );
    assert!(is_known, "{error:?}");
}

pub(super) async fn another_protocol_version(peer: Peer) {
    let gm = peer.caller().await;
    refused(
        RemoteProjectV2::query().all(&gm).await,
        400,
        Some("invalid_request"),
    );
}

pub(super) async fn a_caller_who_may_not(peer: Peer) {
    let (stranger, caller) = (peer.stranger().await, peer.caller().await);
    let denied = Some("permission_denied");
    let create = RemoteGuardedThingCreate { name: "N".into() };
    let error = refused(
        RemoteGuardedThing::create(create.clone()).exec(&stranger).await,
        403,
        denied,
    );
    assert!(error.is_permission_denied());
    let thing = RemoteGuardedThing::create(create).exec(&caller).await.unwrap();
    assert_eq!(RemoteGuardedThing::get(&stranger, thing.id).await.unwrap(), thing);
    let update = RemoteGuardedThing::by_id(thing.id).update().name("M");
    refused(update.exec(&stranger).await, 403, denied);
    refused(
        RemoteGuardedThing::by_id(thing.id).delete(&stranger).await,
        403,
        denied,
    );
    RemoteGuardedThing::by_id(thing.id).delete(&caller).await.unwrap();
}

pub(super) async fn a_created_row_that_may_not_be_read(peer: Peer) {
    let (stranger, caller) = (peer.stranger().await, peer.caller().await);
    let create = RemotePrivateThingCreate {
        name: "unreadable".into(),
    };
    let created = RemotePrivateThing::create(create).exec(&stranger).await;
    assert!(
        matches!(created, Err(Error::CreatedUnreadable { .. })),
        "{created:?}"
    );
    let mine = RemotePrivateThing::filter(|t| t.name.eq("unreadable"));
    assert_eq!(mine.count(&stranger).await.unwrap(), 0);
    let thing = mine.first(&caller).await.unwrap().unwrap();
    let read = RemotePrivateThing::get(&stranger, thing.id).await;
    assert!(refused(read, 403, Some("permission_denied")).is_permission_denied());
}

pub(super) async fn an_operation_that_is_not_exposed(peer: Peer) {
    let gm = peer.caller().await;
    let update = RemoteReadOnlyThing::by_id(1).update().name("N").exec(&gm).await;
    refused(update, 405, Some("method_not_allowed"));
    let delete = RemoteReadOnlyThing::by_id(1).delete(&gm).await;
    refused(delete, 405, Some("method_not_allowed"));
    assert_eq!(RemoteReadOnlyThing::count(&gm).await.unwrap(), 0);
}

pub(super) async fn a_resource_that_is_not_exposed(peer: Peer) {
    let gm = peer.caller().await;
    // Django's own page, which is HTML.
    refused(RemoteHiddenThing::query().all(&gm).await, 404, None);
}

pub(super) async fn a_body_that_is_too_large(peer: Peer) {
    let gm = peer.caller().await;
    let huge = RemoteProjectCreate {
        name: "x".repeat(3_000_000),
        status: "s".into(),
    };
    // Django's own page again, and its status is not 413.
    refused(RemoteProject::create(huge).exec(&gm).await, 400, None);
}

pub(super) async fn an_owner_that_is_broken(peer: Peer) {
    let gm = peer.caller().await;
    let create = RemoteBrokenThingCreate { name: "N".into() };
    let created = RemoteBrokenThing::create(create).exec(&gm).await;
    let error = refused(created, 500, Some("internal_error"));
    assert!(!error.is_retryable(), "{error}");
}

pub(super) async fn an_owner_that_is_not_there(_: Peer) {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let gm = Peer { url }.caller().await;
    let create = RemoteProjectCreate {
        name: "N".into(),
        status: "s".into(),
    };
    match RemoteProject::create(create).exec(&gm).await {
        Err(Error::Transport(error)) => assert!(error.is_unsent(), "{error}"),
        other => panic!("{other:?}"),
    }
}
