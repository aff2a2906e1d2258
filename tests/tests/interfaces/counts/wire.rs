//! `count_by`, `metadata.counts` and the announced word, as bytes on the wire.

use futures_util::StreamExt as _;
use gm_runtime::client::SubscriptionState;
use gm_runtime::error::Extension;
use gm_runtime::{Error, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use super::{
    AGENT, GatewayTicket, RemoteTicket, RemoteTicketCreate, Status, Ticket, TicketCreate, behind, counts,
    create_rows, serve,
};

/// The reply to a query.
pub(super) async fn query(service: &Running, token: Option<&str>, body: &Json) -> (u16, Json) {
    let mut request = Request::new("POST", "/gm/tickets/query").json(&body.to_string());
    if let Some(token) = token {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let response = request.send(service.address).await.unwrap();
    (response.status, response.json())
}

#[tokio::test]
async fn the_reply_has_pairs_of_a_value_and_a_number() {
    let owner = serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await;
    create_rows!(Ticket, TicketCreate, &owner.gm);
    let (status, reply) = query(&owner, Some(AGENT), &json!({"count_by": "status"})).await;
    assert_eq!(
        (status, counts(&reply)),
        (200, json!([["open", 5], ["closed", 1]]))
    );
    assert_eq!(reply["total_count"], json!(6));
    let metadata = &reply["metadata"];
    assert_eq!(
        (&metadata["page"], &metadata["page_size"], &metadata["ordering"]),
        (&Json::Null, &Json::Null, &Json::Null)
    );
    let (_, reply) = query(&owner, Some(AGENT), &json!({"count_by": "due", "count": false})).await;
    assert_eq!(counts(&reply), json!([["2024-02-29", 4], [null, 2]]));
    assert_eq!(reply.get("total_count"), None);
    // Without the key, and with null, the rows are answered.
    let (_, reply) = query(&owner, Some(AGENT), &json!({"count_by": null})).await;
    assert_eq!(reply["items"].as_array().map(Vec::len), Some(6));
    assert_eq!(reply["metadata"].get("counts"), None);
}

#[tokio::test]
async fn anything_but_a_field_is_refused() {
    let owner = serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await;
    create_rows!(Ticket, TicketCreate, &owner.gm);
    let long = "a".repeat(100_000);
    for count_by in [
        json!(""),
        json!("unknown"),
        json!("-status"),
        json!("status__in"),
        json!("details"),
        json!("hash"),
        json!(["status"]),
        json!({"status": 1}),
        json!(7),
        json!(true),
        json!(long),
    ] {
        let (status, refused) = query(&owner, Some(AGENT), &json!({"count_by": count_by})).await;
        assert_eq!(
            (status, &refused["error_code"]),
            (400, &json!("invalid_request")),
            "{count_by}"
        );
    }
    for (key, value) in [
        ("page", json!(1)),
        ("page_size", json!(1)),
        ("ordering", json!("id")),
        ("cursor", json!("a")),
        ("filters", json!({"unknown": 1})),
    ] {
        let (status, _) = query(&owner, Some(AGENT), &json!({"count_by": "status", key: value})).await;
        assert_eq!(status, 400, "{key}");
    }
}

#[tokio::test]
async fn an_answer_has_at_most_1000_values() {
    let owner = serve(Gm::builder().in_memory::<Ticket>().expose::<Ticket>()).await;
    let create = |number: i32| {
        Ticket::create(TicketCreate { team: "blue".into() })
            .votes(number)
            .exec(&owner.gm)
    };
    for number in 0..1_000 {
        create(number).await.unwrap();
    }
    let (status, reply) = query(&owner, Some(AGENT), &json!({"count_by": "votes"})).await;
    assert_eq!(
        (status, counts(&reply).as_array().map(Vec::len)),
        (200, Some(1_000))
    );
    let gm = behind(&owner, AGENT).build().await.unwrap();
    let votes = RemoteTicket::query().count_by(|t| t.votes, &gm).await.unwrap();
    assert_eq!(votes.iter().map(|(_, rows)| rows).sum::<u64>(), 1_000);
    create(1_000).await.unwrap();
    let (status, refused) = query(&owner, Some(AGENT), &json!({"count_by": "votes"})).await;
    assert_eq!((status, &refused["details"]["field"]), (400, &json!("count_by")));
    let refused = RemoteTicket::query()
        .count_by(|t| t.votes, &gm)
        .fresh()
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, Error::Remote(error) if error.status() == 400),
        "{refused}"
    );
    // The service's own code has another limit.
    assert_eq!(
        Ticket::query()
            .count_by(|t| t.votes, &owner.gm)
            .await
            .unwrap()
            .len(),
        1_001
    );
}

/// The values are counted as they are sent. As JSON, a control character has six bytes.
#[tokio::test]
async fn an_answer_has_no_more_bytes_than_a_response() {
    for (limit, expected) in [(50_000, 400), (500_000, 200)] {
        let builder = Gm::builder().in_memory::<Ticket>().max_response_bytes(limit);
        let owner = serve(builder.expose::<Ticket>()).await;
        for number in 0..100 {
            let text = format!("{}{number}", "\u{1}".repeat(190));
            let row = Ticket::create(TicketCreate { team: "blue".into() }).assignee(text);
            row.exec(&owner.gm).await.unwrap();
        }
        let (status, reply) = query(&owner, Some(AGENT), &json!({"count_by": "assignee"})).await;
        assert_eq!(status, expected);
        match status {
            200 => assert_eq!(counts(&reply).as_array().map(Vec::len), Some(100)),
            _ => assert_eq!(reply["details"]["field"], "count_by"),
        }
    }
}

/// The same resource of an owner that does not allow it.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "tickets")]
#[permission(read = public)]
#[remote_api(resource = "tickets", allow_filter)]
struct PlainTicket {
    #[field(id)]
    id: i64,
    team: String,
    status: Status,
}

#[tokio::test]
async fn an_owner_that_does_not_announce_it_is_not_asked() {
    let owner = serve(Gm::builder().in_memory::<PlainTicket>().expose::<PlainTicket>()).await;
    let gateway = serve(behind(&owner, AGENT).expose::<GatewayTicket>()).await;
    for service in [&owner, &gateway] {
        let (status, reply) = query(
            service,
            Some(AGENT),
            &json!({"count_by": "status", "page_size": 1}),
        )
        .await;
        // To the gateway the key is known, but not to its owner.
        match std::ptr::eq(service, &owner) {
            true => assert_eq!(
                (status, &reply["metadata"]["ignored"]),
                (200, &json!(["count_by"]))
            ),
            false => assert_eq!(status, 400),
        }
        let gm = behind(service, AGENT).build().await.unwrap();
        let error = RemoteTicket::query()
            .count_by(|t| t.status, &gm)
            .await
            .unwrap_err();
        let expected = matches!(
            error,
            Error::Unsupported {
                manager: "RemoteTicket",
                extension: Extension::Counts
            }
        );
        assert!(expected, "{error}");
    }
}

#[tokio::test]
async fn the_extension_is_announced_where_it_is_allowed() {
    let owner = serve(Gm::builder().in_memory::<Ticket>().expose::<Ticket>()).await;
    let gateway = serve(behind(&owner, AGENT).expose::<GatewayTicket>()).await;
    let plain = serve(Gm::builder().in_memory::<PlainTicket>().expose::<PlainTicket>()).await;
    for (service, announced) in [(&owner, true), (&gateway, true), (&plain, false)] {
        let request = Request::new("POST", "/gm/tickets/query").json("{}");
        let request = request.header("Authorization", &format!("Bearer {AGENT}"));
        // A gateway knows its owner's extensions after the first reply.
        request.send(service.address).await.unwrap();
        let response = request.send(service.address).await.unwrap();
        let features = response.header("x-general-manager-features").unwrap_or_default();
        assert_eq!(
            features.split(", ").any(|word| word == "counts"),
            announced,
            "{features}"
        );
    }
}

/// Numbers are cached like a list, and end with each change.
#[tokio::test]
async fn a_consumer_caches_the_numbers_until_a_change() {
    let owner = serve(Gm::builder().database("sqlite::memory:").expose::<Ticket>()).await;
    let gm = behind(&owner, AGENT).build().await.unwrap();
    let mut state = gm.subscription::<RemoteTicket>().unwrap();
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    let mut changes = RemoteTicket::changes(&gm);
    let by_status = || RemoteTicket::query().count_by(|t| t.status, &gm);
    assert!(by_status().await.unwrap().is_empty());
    let hits = gm.cache_stats::<RemoteTicket>().unwrap().unwrap().hits;
    assert!(by_status().await.unwrap().is_empty());
    let of_blue = RemoteTicket::filter(|t| t.team.eq("blue"));
    assert!(of_blue.count_by(|t| t.status, &gm).await.unwrap().is_empty());
    assert!(
        RemoteTicket::query()
            .count_by(|t| t.team, &gm)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(gm.cache_stats::<RemoteTicket>().unwrap().unwrap().hits, hits + 1);
    Ticket::create(TicketCreate { team: "blue".into() })
        .exec(&owner.gm)
        .await
        .unwrap();
    assert!(changes.next().await.unwrap().is_ok());
    assert_eq!(by_status().await.unwrap(), [(Status::Open, 1)]);
    assert_eq!(
        RemoteTicket::query().count_by(|t| t.team, &gm).await.unwrap(),
        [("blue".to_owned(), 1)]
    );
    let row = RemoteTicket::create(RemoteTicketCreate { team: "red".into() })
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(by_status().await.unwrap(), [(Status::Open, 2)]);
    row.update().status(Status::Closed).exec(&gm).await.unwrap();
    assert_eq!(
        by_status().await.unwrap(),
        [(Status::Closed, 1), (Status::Open, 1)]
    );
}
