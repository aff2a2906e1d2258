//! Which rows callers see: lists, totals, pages, and single rows.

use serde_json::{Value as Json, json};

use super::service::{
    ADMIN, AGENT, ANONYMOUS, BOB, NINA, STRANGER, Service, TEXT_TENANT, TIM, listed, on_each_storage, refusal,
};

const MISSING: i64 = 99;

on_each_storage! {
    lists_and_totals_have_the_rows_in_sight,
    a_caller_whose_rule_is_false_for_every_row_gets_an_empty_list,
    pages_are_pages_of_the_rows_in_sight,
    filters_excludes_and_orderings_apply_to_the_rows_in_sight,
    a_row_out_of_sight_is_answered_like_a_missing_row,
    a_caller_whose_rule_is_false_for_every_row_is_denied_each_row,
}

async fn lists_and_totals_have_the_rows_in_sight(services: Vec<Service>) {
    for service in services {
        for (caller, expected) in [
            (TIM, vec![1, 3]),
            (BOB, vec![2, 4]),
            (NINA, vec![]),
            (AGENT, vec![1, 2, 3, 4]),
            (ADMIN, vec![1, 2, 3, 4]),
        ] {
            let total = Some(expected.len() as u64);
            // The second answer may be from a cache.
            for _ in 0..2 {
                let answer = service.query(caller, json!({})).await;
                assert_eq!(listed(&answer), (expected.clone(), total), "{}", service.storage);
                assert!(answer.1["metadata"]["denied"].is_null());
            }
        }
        service.stop().await;
    }
}

async fn a_caller_whose_rule_is_false_for_every_row_gets_an_empty_list(services: Vec<Service>) {
    for service in services {
        for caller in [ANONYMOUS, STRANGER, TEXT_TENANT] {
            let answer = service.query(caller, json!({"filters": {"id": 1}})).await;
            assert_eq!(listed(&answer), (vec![], Some(0)), "{}", service.storage);
            assert_eq!(answer.1["metadata"]["denied"], json!(true));
        }
        service.stop().await;
    }
}

async fn pages_are_pages_of_the_rows_in_sight(services: Vec<Service>) {
    for service in services {
        for (page, expected) in [(1, vec![3]), (2, vec![1]), (3, vec![])] {
            let body = json!({"ordering": "-id", "page": page, "page_size": 1});
            let answer = service.query(TIM, body).await;
            assert_eq!(listed(&answer), (expected, Some(2)), "{}", service.storage);
            let metadata = &answer.1["metadata"];
            assert_eq!(
                (&metadata["page"], &metadata["page_size"]),
                (&json!(page), &json!(1))
            );
        }
        let uncounted = service.query(TIM, json!({"count": false, "page_size": 1})).await;
        assert_eq!(listed(&uncounted), (vec![1], None), "{}", service.storage);
        service.stop().await;
    }
}

async fn filters_excludes_and_orderings_apply_to_the_rows_in_sight(services: Vec<Service>) {
    for service in services {
        for (body, expected) in [
            (
                json!({"filters": {"title__icontains": "R"}, "ordering": "-title"}),
                vec![3, 1],
            ),
            (json!({"filters": {"assignee": null}}), vec![3]),
            (json!({"excludes": {"assignee": "tim"}}), vec![3]),
            (
                json!({"excludes": {"assignee": "tim", "title__regex": "^p"}}),
                vec![3],
            ),
            (json!({"filters": {"title__regex": "e", "id__gt": 1}}), vec![3]),
            (json!({"ordering": ["assignee", "-id"]}), vec![1, 3]),
        ] {
            let answer = service.query(TIM, body.clone()).await;
            let total = Some(expected.len() as u64);
            assert_eq!(listed(&answer), (expected, total), "{} {body}", service.storage);
        }
        service.stop().await;
    }
}

async fn a_row_out_of_sight_is_answered_like_a_missing_row(services: Vec<Service>) {
    for service in services {
        let missing = service.detail(TIM, MISSING).await;
        assert_eq!(refusal(&missing), (404, "not_found"), "{}", service.storage);
        for id in [2, 4] {
            assert_eq!(service.detail(TIM, id).await, missing, "{}", service.storage);
        }
        let (status, seen) = service.detail(TIM, 1).await;
        assert_eq!((status, &seen["items"][0]["title"]), (200, &json!("printer")));
        service.stop().await;
    }
}

/// Without a look at the row, so that neither the answer nor its time tells whether there is one.
async fn a_caller_whose_rule_is_false_for_every_row_is_denied_each_row(services: Vec<Service>) {
    for service in services {
        for caller in [ANONYMOUS, STRANGER, TEXT_TENANT] {
            let denied = service.detail(caller, MISSING).await;
            assert_eq!(
                refusal(&denied),
                (403, "permission_denied"),
                "{}",
                service.storage
            );
            assert_eq!(denied.1["details"], Json::Null);
            assert_eq!(service.detail(caller, 1).await, denied, "{}", service.storage);
        }
        service.stop().await;
    }
}
