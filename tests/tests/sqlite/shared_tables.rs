//! Several managers of one table: the subscribers of each receive every change.

use gm_runtime::change::{Action, Change, Event};
use gm_runtime::client::SubscriptionState;
use gm_runtime::field::Value;
use gm_runtime::{GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::websocket::{Socket, handshake};

use crate::{Folder, Subscriber};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "pages")]
#[permission(read = public)]
#[remote_api(resource = "by-slug", allow_filter, allow_detail, websocket_invalidation)]
struct BySlug {
    #[field(id)]
    slug: String,
    code: String,
    title: String,
}

/// The names of the table and the column in another case, which SQLite ignores.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "Pages")]
#[permission(read = public)]
#[remote_api(resource = "by-code", allow_filter, allow_detail, websocket_invalidation)]
#[remote_manager(base_url = "http://pages.test", websocket_invalidation)]
struct ByCode {
    #[field(id, column = "CODE")]
    code: String,
    slug: String,
    title: String,
}

/// The same id as `BySlug`, under another name.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "PAGES")]
struct Heading {
    #[field(id, column = "Slug")]
    name: String,
    title: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "visits")]
struct Visit {
    #[field(id)]
    id: String,
    slug: Option<String>,
}

const PAGES: &str =
    "CREATE TABLE pages (slug TEXT PRIMARY KEY NOT NULL, code TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
        extra TEXT)";

async fn open(tables: &str) -> (Folder, Gm) {
    let folder = Folder::new();
    folder.other().execute_batch(tables).unwrap();
    let builder = folder.builder().manager::<BySlug>().manager::<ByCode>();
    let gm = builder
        .manager::<Heading>()
        .manager::<Visit>()
        .build()
        .await
        .unwrap();
    (folder, gm)
}

fn page(slug: &str, code: &str) -> BySlugCreate {
    BySlugCreate {
        slug: slug.into(),
        code: code.into(),
        title: "a".into(),
    }
}

fn text(action: Action, id: &str) -> Change {
    Change::row(action, Value::Text(id.into()))
}

const VISITS: &str = "CREATE TABLE visits (id TEXT PRIMARY KEY NOT NULL, slug TEXT) STRICT";

#[tokio::test]
async fn each_manager_receives_the_others_writes_without_their_ids() {
    for options in ["STRICT", "STRICT, WITHOUT ROWID"] {
        let (_folder, gm) = open(&format!("{PAGES} {options}; {VISITS}")).await;
        let (mut slugs, mut codes) = (Subscriber::of::<BySlug>(&gm), Subscriber::of::<ByCode>(&gm));
        let (mut headings, mut visits) = (Subscriber::of::<Heading>(&gm), Subscriber::of::<Visit>(&gm));
        let mut assert_published = |action, slug: Option<&str>, code: Option<&str>| {
            let change = |id: Option<&str>| [id.map_or_else(Change::refresh, |id| text(action, id))];
            assert_eq!(slugs.received(), change(slug), "{action:?}");
            assert_eq!(headings.received(), change(slug), "{action:?}");
            assert_eq!(codes.received(), change(code), "{action:?}");
            assert_eq!(visits.received(), []);
        };
        BySlug::create(page("intro", "1")).exec(&gm).await.unwrap();
        assert_published(Action::Create, Some("intro"), None);
        BySlug::by_id("intro")
            .update()
            .title("b")
            .exec(&gm)
            .await
            .unwrap();
        assert_published(Action::Update, Some("intro"), None);
        ByCode::by_id("1").update().title("c").exec(&gm).await.unwrap();
        assert_published(Action::Update, None, Some("1"));
        // Another id for the other managers.
        ByCode::by_id("1").update().slug("start").exec(&gm).await.unwrap();
        assert_published(Action::Update, None, Some("1"));
        assert_eq!(BySlug::get(&gm, "start").await.unwrap().title, "c");
        Heading::by_id("start").delete(&gm).await.unwrap();
        assert_published(Action::Delete, Some("start"), None);
        let code = ByCodeCreate {
            code: "2".into(),
            slug: "end".into(),
            title: "d".into(),
        };
        ByCode::create(code).exec(&gm).await.unwrap();
        assert_published(Action::Create, None, Some("2"));
        ByCode::by_id("2").delete(&gm).await.unwrap();
        assert_published(Action::Delete, None, Some("2"));
        // Another program's write.
        gm.publish::<BySlug>(Event::Update("intro".to_owned())).unwrap();
        assert_published(Action::Update, Some("intro"), None);
        gm.publish::<ByCode>(Event::Delete("1".to_owned())).unwrap();
        assert_published(Action::Delete, None, Some("1"));
    }
}

/// A hundred writes that share a commit are one refresh.
#[tokio::test]
async fn a_shared_commit_is_one_refresh_for_other_managers() {
    let (folder, gm) = open(&format!("{PAGES} STRICT; {VISITS}")).await;
    let (mut slugs, mut codes) = (Subscriber::of::<BySlug>(&gm), Subscriber::of::<ByCode>(&gm));
    let other = folder.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let pages: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    let writes = pages
        .iter()
        .map(|slug| BySlug::create(page(slug, slug)).exec(&gm));
    let writes = crate::begin(writes).await;
    other.execute_batch("COMMIT").unwrap();
    assert!(writes.await.iter().all(Result::is_ok));
    assert_eq!(slugs.received().len(), 100);
    let refreshes = codes.received();
    // The first write may have begun alone.
    assert!((1..=2).contains(&refreshes.len()), "{refreshes:?}");
    assert!(refreshes.iter().all(|change| *change == Change::refresh()));
}

/// By a foreign key and by a trigger. The names in the statements are quoted and in another case.
#[tokio::test]
async fn side_effects_are_published_to_every_manager_of_the_table() {
    let referring = "CREATE TABLE visits (id TEXT PRIMARY KEY NOT NULL, slug TEXT REFERENCES [PAGES] (Slug) ON UPDATE CASCADE) STRICT";
    let trigger = "CREATE TRIGGER seen AFTER INSERT ON visits BEGIN
        UPDATE \"pAgEs\" SET title = 'seen' WHERE slug = new.slug; END";
    let (_folder, gm) = open(&format!("{PAGES} STRICT; {referring}; {trigger};")).await;
    BySlug::create(page("intro", "1")).exec(&gm).await.unwrap();
    let (mut slugs, mut codes) = (Subscriber::of::<BySlug>(&gm), Subscriber::of::<ByCode>(&gm));
    let visit = VisitCreate { id: "a".into() };
    Visit::create(visit)
        .slug("intro".to_owned())
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(slugs.received(), [Change::refresh()]);
    assert_eq!(codes.received(), [Change::refresh()]);
    assert_eq!(ByCode::get(&gm, "1").await.unwrap().title, "seen");
    let mut visits = Subscriber::of::<Visit>(&gm);
    ByCode::by_id("1").update().slug("start").exec(&gm).await.unwrap();
    assert_eq!(visits.received(), [Change::refresh()]);
    assert_eq!(Visit::get(&gm, "a").await.unwrap().slug.as_deref(), Some("start"));
}

/// Over real sockets: a cache that is subscribed to one manager serves no row that another manager has changed.
#[tokio::test]
async fn a_live_cache_is_not_stale_after_a_write_through_another_manager() {
    let folder = Folder::new();
    folder.other().execute_batch(&format!("{PAGES} STRICT")).unwrap();
    let owner = folder.builder().expose::<BySlug>().expose::<ByCode>();
    let service = Running::start(owner).await.unwrap();
    BySlug::create(page("secret", "1"))
        .exec(&service.gm)
        .await
        .unwrap();

    let (response, mut socket) = Socket::open(service.address, &handshake("/gm/ws/by-code"))
        .await
        .unwrap();
    assert_eq!(response.status, 101);
    let consumer = Gm::builder().base_url("http://pages.test", format!("http://{}", service.address));
    let consumer = consumer.build().await.unwrap();
    let mut state = consumer.subscription::<RemoteByCode>().unwrap();
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    let mut changes = Subscriber::of::<RemoteByCode>(&consumer);
    let read = || RemoteByCode::get(&consumer, "1".to_owned());
    assert_eq!(read().await.unwrap().title, "a");

    BySlug::by_id("secret")
        .update()
        .title("b")
        .exec(&service.gm)
        .await
        .unwrap();
    assert_eq!(changes.next().await, Change::refresh());
    assert_eq!(read().await.unwrap().title, "b");
    BySlug::by_id("secret").delete(&service.gm).await.unwrap();
    assert_eq!(changes.next().await, Change::refresh());
    assert!(read().await.unwrap_err().is_not_found());
    for _ in 0..2 {
        let event = socket.receive_past_pings().await.unwrap().json();
        assert_eq!(
            (&event["action"], &event["identification"]),
            (&"refresh".into(), &serde_json::Value::Null)
        );
    }
    service.stop().await.unwrap();
}
