//! Deletions, while another program adds rows that refer to the row: each attempt meets a new one, unless it locks the tables.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::postgres::Database;
use gm_tests::raw::Request;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::service::Service;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "topics")]
#[permission(read = public, delete = public)]
#[remote_api(resource = "topics", allow_filter, allow_detail, allow_delete)]
struct Topic {
    #[field(id)]
    id: i64,
    /// No remark refers to it, if it is kept.
    is_kept: bool,
}

/// A remark. The other program has its turn while the framework validates the first one.
#[derive(Clone, Debug, PartialEq, GeneralManager, garde::Validate)]
#[database(table = "remarks")]
#[manager(validate)]
#[garde(allow_unvalidated)]
#[garde(custom(others_turn))]
struct Remark {
    #[field(id)]
    id: i64,
    #[field(references = Topic, on_delete = set_null)]
    topic_id: Option<i64>,
    /// The name of the database.
    database: String,
}

/// The senders of turns, by the name of the database. Each turn has a sender of its end.
static PROGRAMS: Mutex<Option<HashMap<String, UnboundedSender<mpsc::Sender<()>>>>> = Mutex::new(None);

fn others_turn(remark: &Remark, (): &()) -> garde::Result {
    let programs = PROGRAMS.lock().unwrap();
    let turns = programs.as_ref().filter(|_| remark.id == 1);
    let turns = turns.and_then(|programs| programs.get(&remark.database));
    if let Some(turns) = turns.cloned() {
        drop(programs);
        let (end, ended) = mpsc::channel();
        turns.send(end).unwrap();
        // If the program has failed, so does the test.
        let _ = ended.recv();
    }
    Ok(())
}

/// What the other program has done.
#[derive(Default)]
struct Done {
    added: AtomicUsize,
    locked_out: AtomicUsize,
}

/// Adds a remark to the topic in each turn, if the table is not locked.
async fn add_remarks(
    client: Client,
    (topic, database): (i64, String),
    mut turns: UnboundedReceiver<mpsc::Sender<()>>,
    done: Arc<Done>,
) {
    client.batch_execute("SET lock_timeout = 50").await.unwrap();
    let insert = "INSERT INTO remarks (topic_id, database) VALUES ($1, $2)";
    while let Some(end) = turns.recv().await {
        match client.execute(insert, &[&topic, &database]).await {
            Ok(_) => done.added.fetch_add(1, Ordering::SeqCst),
            Err(error) => {
                assert_eq!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE), "{error}");
                done.locked_out.fetch_add(1, Ordering::SeqCst)
            }
        };
        let _ = end.send(());
    }
}

fn builder(database: &Database) -> GmBuilder {
    Gm::builder()
        .database(database.url())
        .accept_bearer_token("of-ada", "ada")
        .expose::<Topic>()
        .manager::<Remark>()
}

/// A topic with a remark, and another program that adds further ones.
async fn contended(database: &Database, gm: &Gm) -> (i64, Arc<Done>) {
    Topic::create(TopicCreate { is_kept: true })
        .exec(gm)
        .await
        .unwrap();
    let topic = Topic::create(TopicCreate { is_kept: false })
        .exec(gm)
        .await
        .unwrap()
        .id;
    let name = database.name().to_owned();
    let insert = format!("INSERT INTO remarks (topic_id, database) VALUES ({topic}, '{name}')");
    database.execute(&insert).await;
    let (done, (sender, turns)) = (Arc::<Done>::default(), unbounded_channel());
    let program = (topic, name.clone());
    tokio::spawn(add_remarks(
        database.connect().await,
        program,
        turns,
        Arc::clone(&done),
    ));
    let mut programs = PROGRAMS.lock().unwrap();
    programs.get_or_insert_default().insert(name, sender);
    (topic, done)
}

async fn assert_deleted(gm: &Gm, done: &Done) {
    assert_eq!(Topic::query().count(gm).await.unwrap(), 1);
    let remarks = Remark::all(gm).await.unwrap();
    assert!(
        remarks.iter().all(|remark| remark.topic_id.is_none()),
        "{remarks:?}"
    );
    let [added, locked_out] = [&done.added, &done.locked_out].map(|count| count.load(Ordering::SeqCst));
    assert_eq!(remarks.len(), added + 1);
    assert!(
        added > 0 && locked_out > 0,
        "{added} added, {locked_out} locked out"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_deleted_by_one_call() {
    let database = Database::create().await;
    let gm = builder(&database).build().await.unwrap();
    let (topic, done) = contended(&database, &gm).await;
    Topic::by_id(topic).delete(&gm).await.unwrap();
    assert_deleted(&gm, &done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_deleted_by_one_call() {
    let database = Database::create().await;
    let gm = builder(&database).build().await.unwrap();
    let (_, done) = contended(&database, &gm).await;
    let others = Topic::filter(|topic| topic.is_kept.eq(false));
    assert_eq!(others.delete_all(&gm).await.unwrap(), 1);
    assert_deleted(&gm, &done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_key_deletes_a_row() {
    let database = Database::create().await;
    let gm = builder(&database).build().await.unwrap();
    let (topic, done) = contended(&database, &gm).await;
    let request = Request::new("DELETE", &format!("/gm/topics/{topic}"))
        .header("Authorization", "Bearer of-ada")
        .header("Idempotency-Key", "k");
    let response = Service::start(&gm).send(request).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_deleted(&gm, &done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_deletes_a_row() {
    let database = Database::create().await;
    let gm = builder(&database).build().await.unwrap();
    let (topic, done) = contended(&database, &gm).await;
    let body = json!({"operations": [{"resource": "topics", "operation": "delete", "id": topic}]});
    let request = Request::new("POST", "/gm/_batch").json(&body.to_string());
    let response = Service::start(&gm).send(request).await;
    assert_eq!(response.status, 200, "{response:?}");
    assert_deleted(&gm, &done).await;
}

/// The tables, with a view or partitions in place of the remarks.
async fn database_with(remarks: &str) -> Database {
    let database = Database::create().await;
    let topics = "CREATE TABLE topics (id bigserial PRIMARY KEY, is_kept boolean NOT NULL)";
    database.execute(&format!("{topics};{remarks}")).await;
    database
}

async fn assert_deleted_from(database: &Database) {
    let gm = builder(database).build().await.unwrap();
    let (topic, done) = contended(database, &gm).await;
    Topic::by_id(topic).delete(&gm).await.unwrap();
    assert_deleted(&gm, &done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_behind_a_view_is_locked() {
    let database = database_with(
        "CREATE TABLE stored (id bigserial PRIMARY KEY, topic_id bigint REFERENCES topics ON DELETE SET NULL, database text NOT NULL);
         CREATE VIEW remarks AS SELECT * FROM stored",
    );
    assert_deleted_from(&database.await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_locked() {
    let database = database_with(
        "CREATE TABLE remarks (id bigserial PRIMARY KEY, topic_id bigint REFERENCES topics ON DELETE SET NULL, database text NOT NULL)
             PARTITION BY RANGE (id);
         CREATE TABLE first_remarks PARTITION OF remarks FOR VALUES FROM (0) TO (2);
         CREATE TABLE other_remarks PARTITION OF remarks DEFAULT",
    );
    assert_deleted_from(&database.await).await;
}

/// A label of a topic. Its table is locked before that of the remarks.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "labels")]
struct Label {
    #[field(id)]
    id: i64,
    #[field(references = Topic, on_delete = set_null)]
    topic_id: Option<i64>,
}

/// A foreign table can't be locked.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_can_not_be_locked_is_left_out() {
    let database = database_with(
        "CREATE TABLE remarks (id bigserial PRIMARY KEY, topic_id bigint REFERENCES topics ON DELETE SET NULL, database text NOT NULL)",
    )
    .await;
    let port = database.address().rsplit(':').next().unwrap().to_owned();
    let name = database.name();
    database
        .execute(&format!(
            "CREATE TABLE stored_labels (id bigserial PRIMARY KEY, topic_id bigint);
             CREATE EXTENSION postgres_fdw;
             CREATE SERVER itself FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}', dbname '{name}');
             CREATE USER MAPPING FOR postgres SERVER itself OPTIONS (user 'postgres');
             CREATE FOREIGN TABLE labels (id bigint NOT NULL, topic_id bigint)
                 SERVER itself OPTIONS (table_name 'stored_labels')"
        ))
        .await;
    let gm = builder(&database).manager::<Label>().build().await.unwrap();
    let (topic, done) = contended(&database, &gm).await;
    let insert = format!("INSERT INTO stored_labels (topic_id) VALUES ({topic})");
    database.execute(&insert).await;
    Topic::by_id(topic).delete(&gm).await.unwrap();
    assert_deleted(&gm, &done).await;
    let cleared = database.value("SELECT count(*) FROM stored_labels WHERE topic_id IS NULL");
    assert_eq!(cleared.await, "1");
}

/// Another transaction holds a lock of the table for longer than the deletion waits. Afterwards the row can be deleted.
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_never_gets_the_lock_ends_with_a_retryable_error() {
    let database = Database::create().await;
    let patience = Duration::from_millis(300);
    let gm = builder(&database)
        .database_busy_timeout(patience)
        .build()
        .await
        .unwrap();
    let (topic, done) = contended(&database, &gm).await;
    let mut other = database.connect().await;
    let other = other.transaction().await.unwrap();
    other
        .batch_execute("LOCK TABLE topics IN ROW EXCLUSIVE MODE")
        .await
        .unwrap();
    let error = Topic::by_id(topic).delete(&gm).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(done.locked_out.load(Ordering::SeqCst), 0);
    other.commit().await.unwrap();
    Topic::by_id(topic).delete(&gm).await.unwrap();
    assert_deleted(&gm, &done).await;
}
