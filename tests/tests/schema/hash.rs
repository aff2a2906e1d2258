//! The hash of a resource: one for each sight, stable, and another one for each change that a consumer can notice.

use std::collections::BTreeMap;

use gm_runtime::Gm;
use gm_runtime::schema::Schema;
use serde_json::{Value as Json, json};

use crate::desk::{CALLERS, Desk, caller};

const HEADER: &str = "x-general-manager-schema";

/// Managers of one resource that differ in one thing each. The base path is that of the module.
macro_rules! variants {
    ($($name:ident: $(#[$attribute:meta])* { $($field:tt)* })*) => {
        $(
            mod $name {
                #[allow(unused_imports, reason = "the fields of some variants need them")]
                use gm_runtime::{FieldType, GeneralManager};

                #[derive(Clone, Debug, GeneralManager)]
                #[database(table = "projects")]
                #[permission(read = public, create = public, delete = public)]
                $(#[$attribute])*
                pub(super) struct Project {
                    $($field)*
                }
            }
        )*

        /// The hash of each variant.
        async fn variants() -> BTreeMap<&'static str, String> {
            let mut hashes = BTreeMap::new();
            $(
                let gm = Gm::builder().in_memory::<$name::Project>().expose::<$name::Project>();
                let schema = gm.build().await.unwrap().schema();
                hashes.insert(stringify!($name), schema.resources[0].hash.clone());
            )*
            hashes
        }
    };
}

variants! {
    first:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, size: Option<i32> }
    same_in_another_order:
        #[remote_api(base_path = "/elsewhere", resource = "projects", allow_filter, allow_create, default_page_size = 7)]
        { size: Option<i32>, #[field(id)] id: i64, #[field(max_length = 9, index)] name: String }
    same_with_another_storage:
        #[remote_api(resource = "projects", allow_create, allow_filter, protocol_version = "v2")]
        { #[field(id)] id: i64, #[field(column = "n", rename = "name", max_length = 9)] title: String, size: Option<i32> }
    another_name:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9)] title: String, size: Option<i32> }
    another_length:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 8)] name: String, size: Option<i32> }
    another_type:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, size: Option<i64> }
    not_null:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, size: i32 }
    a_default:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9, default = "x")] name: String, size: Option<i32> }
    a_maximum:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, #[field(max = 5)] size: Option<i32> }
    no_filter:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, #[field(filter = false)] size: Option<i32> }
    unique:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9, unique)] name: String, size: Option<i32> }
    another_field:
        #[remote_api(resource = "projects", allow_filter, allow_create)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, size: Option<i32>, more: Option<i32> }
    another_operation:
        #[remote_api(resource = "projects", allow_filter, allow_create, allow_delete)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, size: Option<i32> }
    a_websocket:
        #[remote_api(resource = "projects", allow_filter, allow_create, websocket_invalidation)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, size: Option<i32> }
    smaller_pages:
        #[remote_api(resource = "projects", allow_filter, allow_create, max_page_size = 500)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, size: Option<i32> }
    patterns:
        #[remote_api(resource = "projects", allow_filter, allow_create, allow_regex)]
        { #[field(id)] id: i64, #[field(max_length = 9)] name: String, size: Option<i32> }
}

#[tokio::test]
async fn a_hash_changes_with_what_a_consumer_depends_on_and_with_nothing_else() {
    let mut hashes = variants().await;
    // Other versions of the program have this hash, too.
    assert_eq!(hashes["first"], "fecea4a6ebfa2b2b");
    let same = ["same_in_another_order", "same_with_another_storage"];
    for name in same {
        assert_eq!(hashes.remove(name).unwrap(), hashes["first"], "{name}");
    }
    let mut distinct: Vec<_> = hashes.values().collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), hashes.len(), "{hashes:#?}");
}

#[tokio::test]
async fn callers_with_one_sight_have_one_hash() {
    let desk = Desk::start().await;
    let mut hashes = BTreeMap::new();
    for (name, caller) in CALLERS {
        if let Some(tickets) = desk.tickets(caller).await {
            assert_eq!(tickets.hash.len(), 16);
            hashes.insert(name, tickets.hash);
        }
    }
    assert_eq!(hashes["of tenant 1"], hashes["of tenant 2"]);
    let mut distinct: Vec<_> = hashes.values().collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((hashes.len(), distinct.len()), (5, 4), "{hashes:#?}");
    desk.stop().await;
}

#[tokio::test]
async fn each_reply_has_the_hash_of_what_its_caller_sees() {
    let desk = Desk::start().await;
    for (name, caller) in CALLERS {
        let schema = desk.schema(caller).await;
        let seen = |resource: &str| {
            let mut resources = schema.resources.iter();
            let found = resources.find(|schema| schema.resource == resource);
            found.map(|schema| schema.hash.as_str())
        };
        for resource in ["tickets", "customers", "letters", "entries"] {
            let path = |rest: &str| format!("/gm/{resource}{rest}");
            for (method, path, body) in [
                ("GET", path("/999"), Json::Null),
                ("GET", path("/no-id"), Json::Null),
                ("POST", path("/query"), json!({})),
                ("POST", path("/query"), json!({"filters": {"no_field": 1}})),
            ] {
                let reply = desk.send(caller, method, &path, &body).await;
                assert_eq!(reply.header(HEADER), seen(resource), "{name}: {method} {path}");
            }
        }
    }
    desk.stop().await;
}

#[tokio::test]
async fn a_caller_that_is_not_known_gets_no_hash_of_its_own() {
    let desk = Desk::start().await;
    let wrong = [("x-user", "wrong")];
    let refused = desk.get(&wrong, "/gm/tickets/1").await;
    assert_eq!((refused.status, refused.header(HEADER)), (401, None));
    // Every caller sees the same of the letters.
    let refused = desk.get(&wrong, "/gm/letters/1").await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.header(HEADER),
        Some(desk.schema(&[]).await.resources[0].hash.as_str())
    );
    // The schema itself is of no resource.
    assert_eq!(
        desk.get(caller("an agent"), "/gm/_schema").await.header(HEADER),
        None
    );
    desk.stop().await;
}

#[tokio::test]
async fn more_sights_than_are_kept_have_their_own_hashes() {
    let desk = Desk::start().await;
    // Twice as many callers as schemas are kept, each with one of the four sights.
    for round in 0..130 {
        let (_, caller) = CALLERS[round % CALLERS.len()];
        let expected = desk.tickets(caller).await.map(|tickets| tickets.hash);
        let reply = desk.get(caller, "/gm/tickets/999").await;
        assert_eq!(reply.header(HEADER), expected.as_deref());
    }
    desk.stop().await;
}

#[test]
fn a_hash_is_read_as_it_was_sent() {
    let text = r#"{"resources": [{"resource": "a", "hash": "00ff", "fields": []}]}"#;
    assert_eq!(
        Schema::from_json(text.as_bytes()).unwrap().resources[0].hash,
        "00ff"
    );
}
