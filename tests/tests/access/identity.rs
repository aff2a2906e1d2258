//! Callers that must not be taken for another one, and callers that may read nothing.

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
