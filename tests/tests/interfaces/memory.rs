//! Initial rows in memory.

use gm_runtime::{Error, GeneralManager, Gm};
use rust_decimal::Decimal;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://rooms.test", resource = "rooms")]
struct RemoteRoom {
    #[field(id)]
    id: i64,
    name: String,
    #[field(read_only)]
    bookings: u32,
    #[field(max_digits = 6, decimal_places = 2)]
    price: Decimal,
}

fn room(id: i64) -> RemoteRoom {
    RemoteRoom {
        id,
        name: String::new(),
        bookings: 3,
        price: Decimal::new(15, 1),
    }
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "keys")]
struct Key {
    #[field(id)]
    id: String,
    #[field(unique)]
    code: Option<i32>,
    #[field(max_length = 3)]
    label: String,
}

fn key(id: &str, code: Option<i32>) -> Key {
    Key {
        id: id.into(),
        code,
        label: "as it once was allowed".into(),
    }
}

#[tokio::test]
async fn initial_rows_are_complete_and_behave_like_other_rows() {
    let gm = Gm::builder()
        .in_memory_with([room(7), room(-3)])
        .build()
        .await
        .unwrap();
    // A decimal has the declared places, like a decimal from the owner.
    let seventh = RemoteRoom::get(&gm, 7).await.unwrap();
    assert_eq!(
        (seventh.bookings, seventh.price.to_string()),
        (3, "1.50".to_owned())
    );
    let cheap = RemoteRoom::filter(|r| r.price.eq(Decimal::new(15, 1)));
    assert_eq!(cheap.count(&gm).await.unwrap(), 2);
    let renamed = seventh.update().name("Blue").exec(&gm).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.bookings), ("Blue", 3));
    RemoteRoom::by_id(-3).delete(&gm).await.unwrap();
    assert_eq!(RemoteRoom::count(&gm).await.unwrap(), 1);
}

#[tokio::test]
async fn assigned_ids_are_above_those_of_initial_rows() {
    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "notes")]
    struct Note {
        #[field(id)]
        id: i64,
        text: String,
    }
    let old = [9, 4].map(|id| Note {
        id,
        text: String::new(),
    });
    let gm = Gm::builder().in_memory_with(old).build().await.unwrap();
    let new = Note::create(NoteCreate { text: "new".into() })
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(new.id, 10);
}

#[tokio::test]
async fn invalid_initial_rows_are_refused_by_the_builder() {
    let refused = async |rows: [Key; 2]| match Gm::builder().in_memory_with(rows).build().await {
        Err(Error::Conflict {
            manager: "Key",
            field,
            ..
        }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused([key("a", None), key("a", None)]).await, Some("id"));
    assert_eq!(
        refused([key("a", Some(1)), key("b", Some(1))]).await,
        Some("code")
    );

    let dear = RemoteRoom {
        price: Decimal::new(1, 3),
        ..room(1)
    };
    let refused = Gm::builder().in_memory_with([dear]).build().await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`RemoteRoom`.`price`: expected at most 2 decimal places"
    );
}

#[tokio::test]
async fn rules_for_writes_do_not_apply_to_initial_rows() {
    let gm = Gm::builder()
        .in_memory_with([key("a", None), key("b", None)])
        .build()
        .await
        .unwrap();
    let mut old = Key::get(&gm, "a").await.unwrap();
    assert_eq!(old, key("a", None));
    old = old.update().code(5).exec(&gm).await.unwrap();
    assert_eq!(old.code, Some(5));
    assert!(
        old.update()
            .label("too long")
            .exec(&gm)
            .await
            .unwrap_err()
            .is_invalid()
    );
}

#[tokio::test]
async fn read_only_fields_need_complete_initial_rows() {
    #[derive(Clone, Debug, GeneralManager)]
    #[remote_manager(base_url = "http://tickets.test", resource = "tickets")]
    struct Ticket {
        #[field(id)]
        id: i64,
        title: String,
        #[field(read_only)]
        scans: u32,
        #[field(default)]
        stars: u32,
    }
    let gm = Gm::builder().in_memory::<Ticket>().build().await.unwrap();
    let create = TicketCreate { title: "a".into() };
    let error = Ticket::create(create).exec(&gm).await.unwrap_err();
    assert!(error.is_invalid());
    assert_eq!(
        error.to_string(),
        "`Ticket`.`scans`: the owner fills this field, and rows in memory have no owner: pass whole rows to \
         `GmBuilder::in_memory_with`; `Ticket`.`stars`: the owner fills this field, and rows in memory have no owner: set the field"
    );
}
