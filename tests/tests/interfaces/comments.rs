//! The history comments of all verbs reach own storage, from both sides.

use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[manager(interface = History)]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(resource = "entries", allow_detail, allow_create, allow_update, allow_delete)]
#[remote_manager(base_url = "http://owner.test")]
struct Entry {
    #[field(id)]
    id: String,
    text: String,
}

/// Storage that has every row and records each write with its comment.
struct History(UnboundedSender<(&'static str, Option<String>)>);

impl History {
    fn keep(&self, verb: &'static str, comment: Option<&str>) {
        self.0.send((verb, comment.map(str::to_owned))).unwrap();
    }
}

impl Interface<Entry> for History {
    async fn query(&self, _: &Select) -> Result<Page<Entry>, Error> {
        Ok(Page::new(Vec::new(), Some(0)))
    }

    async fn get(&self, id: &String) -> Result<Option<Entry>, Error> {
        let text = "a".into();
        Ok(Some(Entry { id: id.clone(), text }))
    }

    async fn create(&self, values: &Values) -> Result<Entry, Error> {
        self.keep("create", values.history_comment());
        values.to_row()
    }

    async fn update(&self, id: &String, values: &Values) -> Result<Option<Updated<Entry>>, Error> {
        self.keep("update", values.history_comment());
        let row = self.get(id).await?;
        row.map(|row| values.applied_to(&row)).transpose()
    }

    async fn delete(&self, _: &String) -> Result<bool, Error> {
        Err(Error::Unavailable("the reason is wanted"))
    }

    async fn delete_with_comment(&self, _: &String, comment: Option<&str>) -> Result<bool, Error> {
        self.keep("delete", comment);
        Ok(true)
    }
}

async fn is_kept(kept: &mut UnboundedReceiver<(&'static str, Option<String>)>, comment: Option<&str>) {
    for verb in ["create", "update", "delete"] {
        assert_eq!(kept.recv().await, Some((verb, comment.map(str::to_owned))));
    }
}

#[tokio::test]
async fn comments_reach_the_storage() {
    let (sender, mut kept) = unbounded_channel();
    let builder = Gm::builder()
        .interface::<Entry>(History(sender))
        .expose::<Entry>();
    let owner = Running::start(builder).await.unwrap();
    let entry = EntryCreate {
        id: "a".into(),
        text: "a".into(),
    };
    let created = Entry::create(entry)
        .history_comment("own")
        .exec(&owner.gm)
        .await
        .unwrap();
    let updated = created.update().text("b").history_comment("own").exec(&owner.gm);
    updated
        .await
        .unwrap()
        .delete(&owner.gm)
        .history_comment("own")
        .await
        .unwrap();
    is_kept(&mut kept, Some("own")).await;

    let consumer = Gm::builder().base_url("http://owner.test", format!("http://{}", owner.address));
    let consumer = consumer.build().await.unwrap();
    let entry = RemoteEntryCreate {
        id: "b".into(),
        text: "a".into(),
    };
    let created = RemoteEntry::create(entry)
        .history_comment("theirs")
        .exec(&consumer)
        .await
        .unwrap();
    let updated = created
        .update()
        .text("b")
        .history_comment("theirs")
        .exec(&consumer);
    updated
        .await
        .unwrap()
        .delete(&consumer)
        .history_comment("theirs")
        .await
        .unwrap();
    is_kept(&mut kept, Some("theirs")).await;

    let delete = Request::new("DELETE", "/gm/entries/c");
    for (body, comment) in [
        (r#"{"__metadata__": {"history_comment": "raw"}}"#, Some("raw")),
        (r#"{"__metadata__": {"history_comment": null}}"#, None),
        ("{}", None),
    ] {
        assert_eq!(
            delete
                .clone()
                .json(body)
                .send(owner.address)
                .await
                .unwrap()
                .status,
            200
        );
        assert_eq!(kept.recv().await, Some(("delete", comment.map(str::to_owned))));
    }
    owner.stop().await.unwrap();
}
