//! Tokens that end, and keys that rotate, while caches stay warm.

use std::time::Duration;

use gm_runtime::GmBuilder;
use gm_runtime::client::CacheStats;
use serde_json::json;

use super::HelpDesk;
use super::consumer::{Consumer, Ticket};

impl Consumer {
    fn stats(&self) -> CacheStats {
        self.gm.cache_stats::<Ticket>().unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_token_that_has_ended_is_refused() {
    let desk = HelpDesk::start();
    let query = json!({});
    for (token, expected) in [
        (desk.provider.token("ada"), 200),
        (desk.provider.ended_token("ada"), 401),
        ("a.b.c".to_owned(), 401),
    ] {
        let (status, _) = desk.post("/gm/tickets/query", Some(&token), &query).await;
        assert_eq!(status, expected);
    }
}

#[tokio::test]
async fn tokens_end_while_the_cache_stays_warm() {
    let desk = HelpDesk::with_tokens_of(Duration::from_secs(8));
    // With each ping the websocket looks whether a renewal is due.
    let settings = |builder: GmBuilder| {
        let builder = builder.subscription_ping_interval(Duration::from_secs(1));
        builder.max_staleness(Duration::from_secs(20))
    };
    let mut ada = Consumer::with(&desk, "ada", settings).await;
    let printer = ada.open("Printer").await;
    ada.tickets.recv().await.unwrap();
    assert_eq!(Ticket::get(&ada.gm, printer.id).await.unwrap(), printer);
    let before = ada.stats();
    // Each renewal follows half of a token's life or more, so the first token has ended before the second one.
    desk.provider.wait_for_tokens("ada", 3).await;
    assert_eq!(Ticket::get(&ada.gm, printer.id).await.unwrap(), printer);
    let after = ada.stats();
    assert_eq!((after.hits, after.misses), (before.hits + 1, before.misses));
    assert_eq!((after.opened, after.refreshes), (before.opened, before.refreshes));
    // The next websocket announces changes as the first one did.
    let renamed = Ticket::by_id(printer.id).update().title("Scanner");
    let kim = Consumer::start(&desk, "kim").await;
    renamed.exec(&kim.gm).await.unwrap();
    ada.tickets.recv().await.unwrap();
    assert_eq!(Ticket::get(&ada.gm, printer.id).await.unwrap().title, "Scanner");
}

#[tokio::test]
async fn keys_rotate_while_the_cache_stays_warm() {
    let desk = HelpDesk::start();
    let mut ada = Consumer::start(&desk, "ada").await;
    let printer = ada.open("Printer").await;
    ada.tickets.recv().await.unwrap();
    Ticket::get(&ada.gm, printer.id).await.unwrap();
    desk.provider.rotate();
    // The owner loads the keys at most every 5 s, and accepts tokens of the new key after that.
    let token = desk.provider.token("kim");
    while desk.post("/gm/tickets/query", Some(&token), &json!({})).await.0 != 200 {
        tokio::task::yield_now().await;
    }
    // The cached answer needs no token, and the old token is of a key that is gone.
    let before = ada.stats();
    assert_eq!(Ticket::get(&ada.gm, printer.id).await.unwrap(), printer);
    assert_eq!(
        (ada.stats().hits, desk.provider.issued("ada")),
        (before.hits + 1, 1)
    );
    // A request with it is answered 401. Another token is requested, and the request is sent again.
    assert_eq!(Ticket::count(&ada.gm).await.unwrap(), 1);
    assert_eq!(desk.provider.issued("ada"), 2);
    let renamed = Ticket::by_id(printer.id).update().title("Scanner");
    let kim = Consumer::start(&desk, "kim").await;
    renamed.exec(&kim.gm).await.unwrap();
    ada.tickets.recv().await.unwrap();
    assert_eq!(Ticket::get(&ada.gm, printer.id).await.unwrap().title, "Scanner");
    assert_eq!(ada.stats().opened, before.opened);
}
