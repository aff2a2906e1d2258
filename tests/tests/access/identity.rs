//! Callers that must not be taken for another one, and callers that may read nothing.

use std::sync::mpsc::channel;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use gm_runtime::access::Principal;
use gm_runtime::{Error, GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "owned_things")]
#[permission(read = owner == caller.name, create = public, update = owner == caller.name)]
struct Thing {
    #[field(id)]
    id: i64,
    #[field(preset = caller.name)]
    owner: uuid::Uuid,
}

/// Some identity providers let their users choose names, and two names of one UUID would be one owner.
#[tokio::test]
async fn one_spelling_of_a_uuid_is_the_name_of_its_owner() {
    let gm = Gm::builder().in_memory::<Thing>().build().await.unwrap();
    let name = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let owner = gm.acting_as(Principal::named(name));
    Thing::create(ThingCreate {}).exec(&owner).await.unwrap();
    assert_eq!(Thing::count(&owner).await.unwrap(), 1);
    for other in [
        name.to_uppercase(),
        name.replace('-', ""),
        format!("{{{name}}}"),
        format!("urn:uuid:{name}"),
    ] {
        let gm = gm.acting_as(Principal::named(&*other));
        assert_eq!(Thing::count(&gm).await.unwrap(), 0, "{other}");
        let created = Thing::create(ThingCreate {}).exec(&gm).await;
        assert!(created.unwrap_err().is_permission_denied(), "{other}");
    }
    gm.close().await;
}

/// The subscribers of a letter, whom only administrators read.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "letter_readers")]
#[permission(read = admin, create = public, update = public)]
struct Reader {
    #[field(id)]
    id: i64,
    #[field(unique)]
    email: String,
    #[field(unique)]
    phone: Option<String>,
}

#[tokio::test]
async fn a_conflict_names_no_field_to_a_caller_that_may_read_no_row() {
    let memory = Gm::builder().in_memory::<Reader>();
    let sqlite = Gm::builder().database("sqlite::memory:").manager::<Reader>();
    for builder in [memory, sqlite] {
        let gm = builder.build().await.unwrap();
        let create = async |gm: &Gm, email: &str, phone: &str| {
            let email = email.to_owned();
            Reader::create(ReaderCreate { email })
                .phone(phone.to_owned())
                .exec(gm)
                .await
        };
        create(&gm, "ada@example.com", "1").await.unwrap();
        let second = create(&gm, "tim@example.com", "2").await.unwrap();
        let (admin, other) = (
            gm.acting_as(Principal::named("root").as_admin()),
            gm.acting_as(Principal::anonymous()),
        );
        for (email, phone, field) in [
            ("ada@example.com", "3", "email"),
            ("new@example.com", "1", "phone"),
        ] {
            let seen = create(&admin, email, phone).await.unwrap_err();
            assert_eq!(seen.field_errors()[0].field(), Some(field));
            let hidden = create(&other, email, phone).await.unwrap_err();
            assert!(
                matches!(hidden, Error::Conflict { field: None, .. }),
                "{hidden:?}"
            );
            assert!(hidden.field_errors().is_empty(), "{hidden:?}");
        }
        let update = Reader::update(&second).phone("1".to_owned()).exec(&other).await;
        let hidden = update.unwrap_err();
        assert!(
            hidden.is_conflict() && hidden.field_errors().is_empty(),
            "{hidden:?}"
        );
        gm.close().await;
    }
}

/// A row that each caller reads, so that no rule judges the events.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notices")]
#[permission(read = authenticated)]
struct Notice {
    #[field(id)]
    id: i64,
    text: String,
}

macro_rules! streams_end_with_the_credential {
    ($test:ident, $manager:ident, $create:expr) => {
        #[tokio::test]
        async fn $test() {
            let builder = Gm::builder().in_memory::<Thing>().in_memory::<Notice>();
            let gm = builder.build().await.unwrap();
            let caller = Principal::named("67e55044-10b1-426f-9247-bb680e5fe0c8");
            let end = SystemTime::now() + Duration::from_secs(4);
            let ending = gm.acting_as(caller.until(end));
            let create = async || $create.exec(&gm).await.unwrap();
            let mut rows = $manager::query().watch(&ending);
            assert_eq!(rows.next().await.unwrap().unwrap().len(), 0);
            let mut changes = $manager::changes(&ending);
            let (sender, received) = channel();
            let _subscription = ending.on_change::<$manager>(move |change| {
                let _ = sender.send(change.action());
            });
            create().await;
            assert_eq!(rows.next().await.unwrap().unwrap().len(), 1);
            changes.next().await.unwrap().unwrap();
            received.try_recv().unwrap();
            // Each waits for the end, and gets no row afterwards.
            let denied = changes.next().await.unwrap().unwrap_err();
            assert!(denied.is_permission_denied(), "{denied:?}");
            assert!(changes.next().await.is_none());
            create().await;
            let denied = rows.next().await.unwrap().unwrap_err();
            assert!(denied.is_permission_denied(), "{denied:?}");
            assert!(rows.next().await.is_none());
            assert!(received.try_recv().is_err());
            let late = $manager::query().watch(&ending).next().await.unwrap();
            assert!(late.unwrap_err().is_permission_denied());
            gm.close().await;
        }
    };
}

streams_end_with_the_credential!(
    streams_of_judged_rows_end_with_the_credential,
    Thing,
    Thing::create(ThingCreate {}).owner(uuid::uuid!("67e55044-10b1-426f-9247-bb680e5fe0c8"))
);
streams_end_with_the_credential!(
    streams_of_rows_without_a_rule_for_them_end_with_the_credential,
    Notice,
    Notice::create(NoticeCreate {
        text: "closed".to_owned()
    })
);

/// Live queries and changes of a caller, and the actions that `on_change` was called with.
macro_rules! streams_of {
    ($manager:ident, $gm:expr) => {{
        let (sender, received) = channel();
        let subscription = $gm.on_change::<$manager>(move |change| {
            let _ = sender.send(change.action());
        });
        let rows = $manager::query().watch(&$gm);
        (rows, $manager::changes(&$gm), received, subscription.unwrap())
    }};
}

macro_rules! a_revocation_ends_streams {
    ($gm:expr, $manager:ident, $create:expr, $revoke:expr) => {
        let gm = &$gm;
        let name = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let revoked = gm.acting_as(Principal::named(name).as_admin());
        let other = gm.acting_as(Principal::named("another").as_admin());
        let (mut rows, mut changes, received, _subscription) = streams_of!($manager, revoked);
        let (mut other_rows, mut other_changes, other_received, _other) = streams_of!($manager, other);
        let before = rows.next().await.unwrap().unwrap().len();
        other_rows.next().await.unwrap().unwrap();
        $revoke;
        for _ in 0..2 {
            let denied = changes.next().await;
            let Some(denied) = denied else { break };
            assert!(denied.unwrap_err().is_permission_denied());
        }
        let denied = rows.next().await.unwrap().unwrap_err();
        assert!(denied.is_permission_denied(), "{denied:?}");
        assert!(rows.next().await.is_none() && changes.next().await.is_none());
        $create.exec(gm).await.unwrap();
        assert!(received.try_recv().is_err());
        // The streams of other callers go on.
        other_changes.next().await.unwrap().unwrap();
        other_received.recv().unwrap();
        drop(other_rows);
        // The application may act as the caller again.
        assert_eq!($manager::count(&revoked).await.unwrap(), before as u64 + 1);
    };
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "owned_letters")]
#[permission(read = admin | owner == caller.name)]
struct Letter {
    #[field(id)]
    id: i64,
    owner: String,
}

#[tokio::test]
async fn a_revocation_ends_the_streams_of_its_caller() {
    let builder = Gm::builder().in_memory::<Letter>().in_memory::<Notice>();
    let gm = builder.build().await.unwrap();
    let revoke = || gm.revoke("67e55044-10b1-426f-9247-bb680e5fe0c8");
    let letter = || {
        Letter::create(LetterCreate {
            owner: "ada".to_owned(),
        })
    };
    let notice = || {
        Notice::create(NoticeCreate {
            text: "closed".to_owned(),
        })
    };
    a_revocation_ends_streams!(gm, Letter, letter(), revoke());
    a_revocation_ends_streams!(gm, Notice, notice(), revoke());
    gm.close().await;
}

#[tokio::test]
async fn a_token_that_disappears_from_the_file_ends_the_streams_of_its_caller() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.json");
    let name = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let token = format!(r#"{{"sha256": "{}", "name": "{name}"}}"#, "0".repeat(64));
    std::fs::write(&file, format!(r#"{{"tokens": [{token}]}}"#)).unwrap();
    let builder = Gm::builder().in_memory::<Notice>().token_file(&file);
    let gm = builder.build().await.unwrap();
    let notice = || {
        Notice::create(NoticeCreate {
            text: "closed".to_owned(),
        })
    };
    let remove = || std::fs::write(&file, r#"{"tokens": []}"#).unwrap();
    a_revocation_ends_streams!(gm, Notice, notice(), remove());
    gm.close().await;
}
