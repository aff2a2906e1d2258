//! A gateway judges its callers itself, on the cached answers of its owner.

use gm_runtime::client::SubscriptionState;
use serde_json::{Value as Json, json};

use super::service::{ADMIN, AGENT, BOB, Service, TIM, listed};
use super::ticket::GatewayTicket;

#[tokio::test]
async fn callers_share_the_cached_rows_and_not_what_they_see_of_them() {
    let service = Service::gateway().await;
    let gm = service.gm();
    let mut subscription = gm.subscription::<GatewayTicket>().unwrap();
    subscription.wait_for(SubscriptionState::is_live).await.unwrap();
    for (caller, expected) in [(TIM, vec![1, 3]), (BOB, vec![2, 4]), (TIM, vec![3, 1])] {
        let ordering = if expected == [3, 1] { "-title" } else { "id" };
        let answer = service.query(caller, json!({"ordering": ordering})).await;
        assert_eq!(listed(&answer).0, expected);
        assert!(answer.1["items"][0]["price"].is_null());
    }
    // One request reads every row, and the others are answered from it.
    assert_eq!(gm.cache_stats::<GatewayTicket>().unwrap().unwrap().misses, 1);
    for caller in [AGENT, ADMIN, AGENT] {
        let (_, answer) = service.query(caller, json!({})).await;
        let price = &answer["items"][0]["price"];
        assert_eq!(*price, if caller == ADMIN { json!(100) } else { Json::Null });
        let (_, row) = service.detail(caller, 1).await;
        let price = &row["items"][0]["price"];
        assert_eq!(*price, if caller == ADMIN { json!(100) } else { Json::Null });
    }
    service.stop().await;
}
