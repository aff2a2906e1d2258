//! What each caller sees and may write.

use gm_runtime::Error;
use rust_decimal::Decimal;
use serde_json::json;

use super::HelpDesk;
use super::consumer::{Comment, Consumer, Ticket, TicketCreate, TicketTenant, refusal};

/// The id of no ticket.
const MISSING: i64 = 999_999;

#[tokio::test]
async fn customers_see_their_tenant_and_agents_see_all() {
    let desk = HelpDesk::start();
    let [ada, grace, kim] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "grace").await,
        Consumer::start(&desk, "kim").await,
    ];
    let printer = ada.open("Printer").await;
    let mouse = grace.open("Mouse").await;
    assert_eq!(
        (printer.tenant, &*printer.created_by, &*printer.status),
        (1, "ada", "open")
    );
    assert_eq!((mouse.tenant, &*mouse.created_by), (2, "grace"));

    assert_eq!(ada.titles().await, (vec!["Printer".into()], Some(1)));
    assert_eq!(grace.titles().await, (vec!["Mouse".into()], Some(1)));
    assert_eq!(
        kim.titles().await,
        (vec!["Mouse".into(), "Printer".into()], Some(2))
    );
    let of_tenant_2 = Ticket::filter(|ticket| ticket.tenant.eq(2));
    assert_eq!(of_tenant_2.count(&ada.gm).await.unwrap(), 0);
    assert!(
        !Ticket::filter(|ticket| ticket.id.eq(mouse.id))
            .exists(&ada.gm)
            .await
            .unwrap()
    );

    // A ticket of another tenant is answered like one that does not exist.
    for id in [mouse.id, MISSING] {
        assert_eq!(refusal(Ticket::get(&ada.gm, id).await), (404, None));
        // Customers may change no ticket, so the owner does not look at the row.
        let renamed = Ticket::by_id(id).update().title("x".repeat(201));
        assert_eq!(refusal(renamed.exec(&ada.gm).await), (403, None));
    }
    // In sight, and only agents may change it.
    let renamed = printer.update().title("Scanner").exec(&ada.gm).await;
    assert!(renamed.unwrap_err().is_permission_denied());

    let (status, page) = desk.post("/gm/tickets/query", None, &json!({})).await;
    assert_eq!(
        (status, &page["items"], &page["total_count"]),
        (200, &json!([]), &json!(0))
    );
    // Agents have no tenant of which they open tickets.
    let opened = Ticket::create(TicketCreate {
        title: "Keyboard".into(),
    });
    assert!(opened.exec(&kim.gm).await.unwrap_err().is_permission_denied());
}

#[tokio::test]
async fn a_conflict_with_another_tenant_says_nothing_of_its_ticket() {
    let desk = HelpDesk::start();
    let [ada, grace] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "grace").await,
    ];
    let of_mail = |consumer: &Consumer, id: &str| {
        let ticket = Ticket::create(TicketCreate {
            title: "Printer".into(),
        })
        .message_id(id);
        let gm = consumer.gm.clone();
        async move { ticket.exec(&gm).await }
    };
    of_mail(&ada, "<1@example.com>").await.unwrap();
    let (status, details) = refusal(of_mail(&ada, "<1@example.com>").await);
    assert_eq!((status, &details.unwrap()["field"]), (409, &json!("message_id")));
    assert_eq!(refusal(of_mail(&grace, "<1@example.com>").await), (409, None));
    assert_eq!(grace.titles().await, (vec![], Some(0)));
}

#[tokio::test]
async fn only_administrators_see_and_set_the_price() {
    let desk = HelpDesk::start();
    let [ada, kim, root] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "kim").await,
        Consumer::start(&desk, "root").await,
    ];
    let printer = ada.open("Printer").await;
    let price = Some(Decimal::new(12_50, 2));
    let priced = printer.update().price(price).exec(&root.gm).await.unwrap();
    assert_eq!(priced.price, price);
    let costly = Ticket::filter(|ticket| ticket.price.gte(Decimal::ONE));
    assert_eq!(costly.count(&root.gm).await.unwrap(), 1);
    for other in [&ada, &kim] {
        assert_eq!(
            Ticket::get(&other.gm, printer.id).fresh().await.unwrap().price,
            None
        );
        assert!(costly.count(&other.gm).await.unwrap_err().is_invalid());
        let ordered = Ticket::order_by(|ticket| ticket.price.desc());
        assert!(ordered.all(&other.gm).await.unwrap_err().is_invalid());
    }
    let (status, details) = refusal(printer.update().price(None).exec(&kim.gm).await);
    assert_eq!((status, &details.unwrap()["field"]), (403, &json!("price")));
    assert_eq!(
        Ticket::get(&root.gm, printer.id).fresh().await.unwrap().price,
        price
    );
}

#[tokio::test]
async fn only_the_assignee_or_an_administrator_closes() {
    let desk = HelpDesk::start();
    let [ada, kim, lee, root] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "kim").await,
        Consumer::start(&desk, "lee").await,
        Consumer::start(&desk, "root").await,
    ];
    let printer = ada.open("Printer").await;
    let set_status = |consumer: &Consumer, status: &str| {
        let update = Ticket::by_id(printer.id).update().status(status);
        let gm = consumer.gm.clone();
        async move { update.exec(&gm).await.map(|ticket| ticket.status) }
    };
    let denied = |result: Result<String, Error>| assert!(result.unwrap_err().is_permission_denied());
    denied(set_status(&kim, "closed").await);
    let take = Ticket::by_id(printer.id).update().assignee("kim".to_owned());
    let take_and_close = take.clone().status("closed").exec(&kim.gm).await;
    assert!(take_and_close.unwrap_err().is_permission_denied());
    take.exec(&kim.gm).await.unwrap();
    denied(set_status(&lee, "closed").await);
    denied(set_status(&ada, "closed").await);
    // Others still work on it.
    Ticket::by_id(printer.id)
        .update()
        .title("Printer 2")
        .exec(&lee.gm)
        .await
        .unwrap();
    assert_eq!(set_status(&kim, "closed").await.unwrap(), "closed");
    assert_eq!(set_status(&root, "open").await.unwrap(), "open");
}

#[tokio::test]
async fn customers_see_no_internal_comment_and_write_none() {
    let desk = HelpDesk::start();
    let [ada, grace, kim] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "grace").await,
        Consumer::start(&desk, "kim").await,
    ];
    let printer = ada.open("Printer").await;
    let secret = kim.comment(&printer, "A difficult customer", true).await.unwrap();
    let answer = kim.comment(&printer, "Is it switched on?", false).await.unwrap();
    assert_eq!((&*answer.created_by, answer.is_internal), ("kim", false));
    let rows = Comment::all(&ada.gm).await.unwrap();
    assert_eq!(
        (rows.to_vec(), rows.total_count()),
        (vec![answer.clone()], Some(1))
    );
    assert_eq!(refusal(Comment::get(&ada.gm, secret.id).await), (404, None));
    assert_eq!(Comment::count(&grace.gm).await.unwrap(), 0);
    assert_eq!(Comment::count(&kim.gm).await.unwrap(), 2);

    let (status, details) = refusal(ada.comment(&printer, "Yes", true).await);
    assert_eq!((status, &details.unwrap()["field"]), (403, &json!("is_internal")));
    ada.comment(&printer, "Yes", false).await.unwrap();
    // In the name of another tenant, and over the comment of another author.
    let foreign = grace.comment(&printer, "No", false).await;
    assert!(foreign.unwrap_err().is_permission_denied());
    let changed = answer.update().text("Never mind").exec(&ada.gm).await;
    assert!(changed.unwrap_err().is_permission_denied());
    let forged = json!({"ticket": printer.id, "tenant": 1, "text": "x", "created_by": "kim"});
    let token = desk.provider.token("ada");
    let (status, answer) = desk.post("/gm/comments", Some(&token), &forged).await;
    assert_eq!((status, &answer["details"]["field"]), (400, &json!("created_by")));
}

#[tokio::test]
async fn no_caller_chooses_the_tenant_of_a_ticket() {
    let desk = HelpDesk::start();
    for client in ["ada", "kim", "root"] {
        let token = desk.provider.token(client);
        let forged = json!({"title": "Printer", "tenant": 2});
        let (status, answer) = desk.post("/gm/tickets", Some(&token), &forged).await;
        // An agent has no tenant of its own, and is refused for that.
        let expected = if client == "ada" { 400 } else { 403 };
        assert_eq!(status, expected, "{client}: {answer}");
    }
    let [ada, kim] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "kim").await,
    ];
    let printer = ada.open("Printer").await;
    let moved = TicketTenant::by_id(printer.id).update().tenant(2);
    for gm in [&ada.gm, &kim.gm] {
        assert!(moved.clone().exec(gm).await.unwrap_err().is_permission_denied());
    }
}
