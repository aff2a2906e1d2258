//! The rate limits of the help desk, and its audit log.

use serde_json::json;

use super::HelpDesk;
use super::consumer::{Consumer, Ticket};

#[tokio::test]
async fn the_audit_log_has_each_write_and_each_refusal() {
    let desk = HelpDesk::start();
    let [ada, kim] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "kim").await,
    ];
    let printer = ada.open("The secret of the printer").await;
    let closed = Ticket::by_id(printer.id)
        .update()
        .status("closed")
        .exec(&kim.gm)
        .await;
    closed.unwrap_err();
    let assigned = Ticket::by_id(printer.id).update().assignee("kim".to_owned());
    assigned
        .history_comment("I know printers")
        .exec(&kim.gm)
        .await
        .unwrap();
    let of_ada = desk.audit("ada", 1).await;
    assert!(
        of_ada[0].contains("operation=\"create\"") && of_ada[0].contains("outcome=\"done\""),
        "{of_ada:?}"
    );
    let of_kim = desk.audit("kim", 2).await;
    assert!(of_kim[0].contains("outcome=\"permission_denied\""), "{of_kim:?}");
    assert!(
        of_kim[1].contains("outcome=\"done\"") && of_kim[1].contains("I know printers"),
        "{of_kim:?}"
    );
    let log = std::fs::read_to_string(desk.folder.path().join("log")).unwrap();
    assert!(
        !log.contains("The secret of the printer") && !log.contains("eyJ"),
        "{log}"
    );
}

#[tokio::test]
async fn a_caller_over_its_limit_is_refused_and_others_are_not() {
    let desk = HelpDesk::start();
    let [ada, grace] = ["ada", "grace"].map(|client| desk.provider.token(client));
    let query = json!({});
    // Its burst is 100, and 20 more each second.
    let requests = (0..400).map(|_| desk.post("/gm/tickets/query", Some(&ada), &query));
    let answers = futures_util::future::join_all(requests).await;
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status != 200).collect();
    assert!(!refused.is_empty());
    for (status, answer) in refused {
        assert_eq!((*status, &answer["error_code"]), (429, &json!("rate_limited")));
    }
    assert_eq!(desk.post("/gm/tickets/query", Some(&grace), &query).await.0, 200);
}
