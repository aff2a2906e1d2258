//! The verbs that the derive adds to structs of owners and consumers.

use gm_runtime::{Error, GeneralManager, Gm};
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "items")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "items",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete
)]
#[remote_manager(base_url = "http://localhost:1", client = ItemClient)]
pub(crate) struct Item {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    #[field(default)]
    pub(crate) count: i32,
    #[field(max_digits = 10, decimal_places = 2)]
    pub(crate) amount: Decimal,
}

/// A row with an id from the caller, and no other required field.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "labels")]
pub(crate) struct Label {
    #[field(id)]
    pub(crate) id: Uuid,
    pub(crate) text: Option<String>,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
pub(crate) struct Note {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) text: Option<String>,
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

macro_rules! every_verb {
    ($name:ident, $manager:ident, $create:ident) => {
        async fn $name(gm: &Gm) -> Result<(), Error> {
            let query = $manager::filter(|p| {
                p.title.eq("x") & p.note.icontains("a") & p.count.gt(3) & p.note.eq(None)
            })
            .exclude(|p| p.count.is_in([1, 2]))
            .order_by(|p| [p.title.asc(), p.count.desc()]);
            for row in &assert_send(query.all(gm)).await? {
                assert_eq!(row.title, "x");
            }
            let _ = assert_send($manager::all(gm)).await?.len();
            let _: u64 = assert_send($manager::count(gm)).await?;
            let _ = $manager::exclude(|p| p.note.is_null(true))
                .first(gm)
                .await?;
            let _ = $manager::order_by(|p| p.title.asc()).one(gm).await?;
            let _ = $manager::query().exists(gm).await?;
            let row = $manager::get(gm, 42).await?;
            let created = $manager::create($create {
                title: "a".into(),
                amount: Decimal::ONE,
            });
            let created = assert_send(created.count(3).note(None).history_comment("why").exec(gm)).await?;
            let updated = created.update().title("x").note("y").exec(gm).await?;
            $manager::by_id(row.id).update().count(2).exec(gm).await?;
            $manager::by_id(3).delete(gm).await?;
            assert_send(async { updated.delete(gm).await }).await
        }
    };
}

every_verb!(every_verb_of_an_owner, Item, ItemCreate);
every_verb!(every_verb_of_a_consumer, ItemClient, ItemClientCreate);

/// The handle does not know the owner's manager, and the consumer's owner does not exist. So the error of each verb shows that it
/// reached its storage.
#[tokio::test]
async fn the_verbs_reach_their_storage() {
    let gm = Gm::builder().build().await.unwrap();
    let error = every_verb_of_an_owner(&gm).await.unwrap_err();
    assert!(
        matches!(error, Error::NotRegistered { manager: "Item" }),
        "{error}"
    );
    let error = every_verb_of_a_consumer(&gm).await.unwrap_err();
    assert!(!matches!(error, Error::NotRegistered { .. }), "{error}");
}

#[tokio::test]
async fn create_structs_contain_the_required_fields() {
    let gm = Gm::builder().build().await.unwrap();
    let id = Uuid::nil();
    let label = Label::create(LabelCreate { id }).text("x").exec(&gm).await;
    assert!(matches!(label, Err(Error::NotRegistered { manager: "Label" })));
    let note = Note::create(NoteCreate::default()).text("x").exec(&gm).await;
    assert!(matches!(note, Err(Error::NotRegistered { manager: "Note" })));
}

/// The future of a verb does not borrow the query.
#[tokio::test]
async fn inline_reads_are_ready_at_once() {
    let gm = Gm::builder().in_memory::<Note>().build().await.unwrap();
    for text in ["a", "b", "b"] {
        Note::create(NoteCreate::default())
            .text(text)
            .exec(&gm)
            .await
            .unwrap();
    }
    let (all, some, first, one) = tokio::try_join!(
        Note::query().all(&gm),
        Note::filter(|n| n.text.eq("b")).count(&gm),
        Note::order_by(|n| n.text.desc()).first(&gm),
        Note::filter(|n| n.text.eq("a")).one(&gm),
    )
    .unwrap();
    assert_eq!((all.len(), some, one.id), (3, 2, 1));
    assert_eq!(first.map(|note| note.id), Some(2));
    let each = ["a", "b", "c"].map(|text| Note::filter(|n| n.text.eq(text)).exists(&gm));
    assert_eq!(
        futures_util::future::try_join_all(each).await.unwrap(),
        [true, true, false]
    );
}

/// Clones of a query share it until one of them is changed.
#[tokio::test]
async fn changing_a_query_does_not_change_its_clones() {
    let gm = Gm::builder().in_memory::<Note>().build().await.unwrap();
    for text in ["a", "b", "b"] {
        Note::create(NoteCreate::default())
            .text(text)
            .exec(&gm)
            .await
            .unwrap();
    }
    let all = Note::query();
    let reading = all.all(&gm);
    let some = all.clone().filter(|n| n.text.eq("b"));
    let page = all.clone().page(2).page_size(2);
    assert_eq!(some.count(&gm).await.unwrap(), 2);
    assert_eq!(page.all(&gm).await.unwrap().len(), 1);
    assert_eq!(all.count(&gm).fresh().await.unwrap(), 3);
    assert_eq!(reading.await.unwrap().len(), 3);
}

/// `parse` infers the type of the id.
#[tokio::test]
async fn the_type_of_a_parsed_id_is_inferred() -> Result<(), Box<dyn std::error::Error>> {
    let gm = Gm::builder()
        .in_memory::<Note>()
        .in_memory::<Label>()
        .build()
        .await?;
    let note = Note::create(NoteCreate::default()).exec(&gm).await?;
    assert_eq!(Note::get(&gm, "1".parse()?).await?.id, note.id);
    Note::by_id("1".parse()?).update().text("x").exec(&gm).await?;
    let label = Label::create(LabelCreate { id: Uuid::nil() }).exec(&gm).await?;
    assert_eq!(Label::get(&gm, label.id.to_string().parse()?).await?.id, label.id);
    Ok(())
}

#[tokio::test]
async fn one_and_get_can_be_optional() {
    let gm = Gm::builder().in_memory::<Note>().build().await.unwrap();
    for text in ["a", "b", "b"] {
        let note = Note::create(NoteCreate::default()).text(text);
        note.exec(&gm).await.unwrap();
    }
    let one = |text: &'static str| Note::filter(|n| n.text.eq(text)).one(&gm);
    assert_eq!(one("a").optional().await.unwrap().map(|note| note.id), Some(1));
    assert!(one("c").optional().await.unwrap().is_none());
    assert!(matches!(
        one("b").optional().await,
        Err(Error::SeveralMatch { .. })
    ));
    assert!(Note::get(&gm, 7).fresh().optional().await.unwrap().is_none());
    assert!(Note::get(&gm, 7).optional().fresh().await.unwrap().is_none());
    Note::by_id(1).delete(&gm).history_comment("why").await.unwrap();
    assert_eq!(Note::count(&gm).fresh().await.unwrap(), 2);
}
