//! Retries in a chain of gateways: only the service next to the fault retries.

use gm_tests::raw::Request;

use crate::chain::{Chain, Passed};
use crate::server::{Answer, Server, json as answer, with_headers};

/// A function that returns the owner's response.
type Make = fn() -> Answer;

const RETRIED: &str = "x-general-manager-retried";

#[tokio::test]
async fn retries_do_not_multiply() {
    let handlers: [(Make, usize); 3] = [
        (|| answer(503, "{}"), 2),
        (|| answer(429, "{}"), 2),
        (|| Answer::Last(Vec::new()), 2),
    ];
    for (handler, requests) in handlers {
        let owner = Server::start(move |_, _| handler());
        for length in 0..=3 {
            let chain = Chain::with(owner.url(), length, |builder| builder.retries(1)).await;
            let gm = chain.builder().retries(1).build().await.unwrap();
            let before = owner.requests().len();
            let error = Passed::get(&gm, 1).await.unwrap_err();
            // The error is still retryable for the application.
            assert!(error.is_retryable(), "{error}");
            assert_eq!(
                owner.requests().len() - before,
                requests,
                "{length} gateways: {error}"
            );
            let before = owner.requests().len();
            Passed::query().all(&gm).await.unwrap_err();
            assert_eq!(owner.requests().len() - before, requests, "{length} gateways");
            chain.stop().await;
        }
    }
}

/// A retry that succeeds gives all callers a response.
#[tokio::test]
async fn a_transient_fault_costs_one_request() {
    for length in 0..=3 {
        let owner = Server::start(|_, earlier| match earlier {
            0 => Answer::Last(Vec::new()),
            _ => crate::server::rows(r#"[{"id": 1, "name": "a", "stars": 0}]"#),
        });
        let chain = Chain::start(owner.url(), length).await;
        let gm = chain.builder().build().await.unwrap();
        assert_eq!(Passed::get(&gm, 1).await.unwrap().name, "a");
        assert_eq!(owner.requests().len(), 2, "{length} gateways");
        chain.stop().await;
    }
}

/// A gateway without retries leaves them to its callers.
#[tokio::test]
async fn a_gateway_reports_whether_it_has_retried() {
    let owner = Server::start(|_, _| answer(503, "{}"));
    for (retries, said) in [(0, None), (1, Some("true"))] {
        let chain = Chain::with(owner.url(), 2, |builder| builder.retries(retries)).await;
        for request in [
            Request::new("GET", "/gm/projects/1"),
            Request::new("POST", "/gm/projects/query").json("{}"),
        ] {
            let refused = request.send(chain.address()).await.unwrap();
            assert_eq!(
                (refused.status, refused.header(RETRIED)),
                (503, said),
                "{retries}"
            );
        }
        chain.stop().await;
    }
    // A gateway does not retry if the service behind it has.
    let owner = Server::start(|_, _| with_headers(503, "x-general-manager-retried: true\r\n", "{}"));
    let chain = Chain::start(owner.url(), 1).await;
    let get = Request::new("GET", "/gm/projects/1");
    assert_eq!(
        get.send(chain.address()).await.unwrap().header(RETRIED),
        Some("true")
    );
    assert_eq!(owner.requests().len(), 1);
    chain.stop().await;
}
