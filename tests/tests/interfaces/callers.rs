//! Handles that act as a caller: permissions apply to every method.

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use gm_runtime::access::Principal;
use gm_runtime::change::Event;
use gm_runtime::{Error, GeneralManager, Gm, Manager};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "secrets")]
#[permission(read = nobody, create = public)]
#[remote_api(resource = "secrets", allow_filter, allow_create)]
struct Secret {
    #[field(id)]
    id: i64,
    name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "posters")]
#[permission(read = public, delete = authenticated)]
#[remote_api(resource = "posters", allow_filter, allow_delete)]
struct Poster {
    #[field(id)]
    id: i64,
    name: String,
}

/// A manager whose events only the service itself receives.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "drafts")]
struct Draft {
    #[field(id)]
    id: i64,
    name: String,
}

async fn handle() -> Gm {
    let builder = Gm::builder().database("sqlite::memory:");
    let builder = builder.expose::<Secret>().expose::<Poster>().manager::<Draft>();
    builder.build().await.unwrap()
}

/// The results of subscribing to events and of publishing a refresh.
async fn ways_in<M: Manager>(gm: &Gm) -> [Option<Error>; 2] {
    let on_change = gm.on_change::<M>(|_| ()).err();
    [on_change, gm.refresh::<M>().err()]
}

fn denied(error: Option<Error>) -> bool {
    matches!(error, Some(Error::PermissionDenied { .. }))
}

#[tokio::test]
async fn callers_without_read_permission_receive_no_events() {
    let gm = handle().await;
    for caller in [Principal::anonymous(), Principal::named("billing")] {
        let caller = gm.acting_as(caller);
        let mut changes = Secret::changes(&caller);
        Secret::create(SecretCreate { name: "a".into() })
            .exec(&gm)
            .await
            .unwrap();
        assert!(denied(changes.try_next().await.err()));
        assert!(changes.next().await.is_none());
        assert!(ways_in::<Secret>(&caller).await.into_iter().all(denied));
        let mut live = Secret::query().watch(&caller);
        assert!(live.try_next().await.unwrap().unwrap().is_empty());
    }
    assert!(ways_in::<Secret>(&gm).await.iter().all(Option::is_none));
}

#[tokio::test]
async fn readers_receive_events_and_writers_may_publish_refreshes() {
    let gm = handle().await;
    let (anybody, named) = (
        gm.acting_as(Principal::anonymous()),
        gm.acting_as(Principal::named("billing")),
    );
    let mut changes = Poster::changes(&anybody);
    let poster = Poster::create(PosterCreate { name: "a".into() })
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(changes.try_next().await.unwrap(), Some(Event::Create(poster.id)));
    let [received, refreshed] = ways_in::<Poster>(&anybody).await;
    assert!(received.is_none() && denied(refreshed));
    assert!(changes.next().now_or_never().is_none());
    assert!(ways_in::<Poster>(&named).await.iter().all(Option::is_none));
    assert_eq!(changes.try_next().await.unwrap(), Some(Event::refresh()));
}

#[tokio::test]
async fn a_manager_without_permissions_is_an_error_for_callers() {
    let gm = handle().await;
    let caller = gm.acting_as(Principal::named("billing"));
    let mut errors = vec![
        Draft::query().all(&caller).await.err(),
        Draft::query().stream(&caller).try_next().await.err(),
        Draft::query().watch(&caller).try_next().await.err(),
        Draft::count(&caller).await.err(),
        Draft::get(&caller, 1).await.err(),
        Draft::create(DraftCreate { name: "a".into() })
            .exec(&caller)
            .await
            .err(),
        Draft::changes(&caller).try_next().await.err(),
    ];
    errors.extend(ways_in::<Draft>(&caller).await);
    for error in errors {
        let error = error.unwrap();
        assert!(matches!(error, Error::NoPermissions { .. }), "{error:?}");
        assert!(error.to_string().contains("#[permission(..)]"), "{error}");
    }
}
