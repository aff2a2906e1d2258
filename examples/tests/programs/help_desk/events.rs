//! What the subscribers of two tenants learn of changes.

use gm_runtime::change::Action;

use super::HelpDesk;
use super::consumer::{Comment, Consumer, Ticket, TicketTenant};

/// Each assertion on the next event of a consumer also asserts that it has received nothing of the changes before.
#[tokio::test]
async fn a_subscriber_learns_of_the_rows_in_its_sight_alone() {
    let desk = HelpDesk::start();
    let [mut ada, mut grace, mut kim, root] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "grace").await,
        Consumer::start(&desk, "kim").await,
        Consumer::start(&desk, "root").await,
    ];
    let printer = ada.open("Printer").await;
    let mouse = grace.open("Mouse").await;
    assert_eq!(ada.tickets.recv().await, Some((Action::Create, Some(printer.id))));
    assert_eq!(grace.tickets.recv().await, Some((Action::Create, Some(mouse.id))));
    for ticket in [&printer, &mouse] {
        assert_eq!(kim.tickets.recv().await, Some((Action::Create, Some(ticket.id))));
    }
    for ticket in [&printer, &mouse] {
        Ticket::by_id(ticket.id)
            .update()
            .assignee("kim".to_owned())
            .exec(&kim.gm)
            .await
            .unwrap();
    }
    assert_eq!(ada.tickets.recv().await, Some((Action::Update, Some(printer.id))));
    assert_eq!(grace.tickets.recv().await, Some((Action::Update, Some(mouse.id))));

    // An internal comment is none to a customer, until it is internal no more.
    let secret = kim.comment(&printer, "A difficult customer", true).await.unwrap();
    let answer = kim.comment(&printer, "Is it switched on?", false).await.unwrap();
    assert_eq!(ada.comments.recv().await, Some((Action::Create, Some(answer.id))));
    Comment::by_id(secret.id)
        .update()
        .text("A friendly customer")
        .exec(&kim.gm)
        .await
        .unwrap();
    Comment::by_id(secret.id)
        .update()
        .is_internal(false)
        .exec(&kim.gm)
        .await
        .unwrap();
    assert_eq!(ada.comments.recv().await, Some((Action::Create, Some(secret.id))));
    Comment::by_id(answer.id)
        .update()
        .is_internal(true)
        .exec(&kim.gm)
        .await
        .unwrap();
    assert_eq!(ada.comments.recv().await, Some((Action::Delete, Some(answer.id))));

    // A comment that moves to another tenant leaves one and enters the other.
    assert_eq!(Comment::count(&ada.gm).await.unwrap(), 1);
    assert_eq!(Comment::count(&grace.gm).await.unwrap(), 0);
    Comment::by_id(secret.id)
        .update()
        .tenant(2)
        .exec(&root.gm)
        .await
        .unwrap();
    assert_eq!(ada.comments.recv().await, Some((Action::Delete, Some(secret.id))));
    assert_eq!(
        grace.comments.recv().await,
        Some((Action::Create, Some(secret.id)))
    );
    assert_eq!(Comment::count(&ada.gm).await.unwrap(), 0);
    assert_eq!(Comment::count(&grace.gm).await.unwrap(), 1);
}

#[tokio::test]
async fn a_ticket_moves_to_another_tenant() {
    let desk = HelpDesk::start();
    let [mut ada, mut grace, root] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "grace").await,
        Consumer::start(&desk, "root").await,
    ];
    let printer = ada.open("Printer").await;
    assert_eq!(ada.tickets.recv().await, Some((Action::Create, Some(printer.id))));
    // Cached by both.
    assert_eq!(ada.titles().await, (vec!["Printer".into()], Some(1)));
    assert_eq!(grace.titles().await, (vec![], Some(0)));
    TicketTenant::by_id(printer.id)
        .update()
        .tenant(2)
        .exec(&root.gm)
        .await
        .unwrap();
    // Another manager of the same table wrote, so the owner does not know who saw the row before, and names it to no tenant.
    assert_eq!(ada.tickets.recv().await, Some((Action::Refresh, None)));
    assert_eq!(grace.tickets.recv().await, Some((Action::Refresh, None)));
    assert_eq!(ada.titles().await, (vec![], Some(0)));
    assert!(Ticket::get(&ada.gm, printer.id).await.unwrap_err().is_not_found());
    assert_eq!(grace.titles().await, (vec!["Printer".into()], Some(1)));
    assert_eq!(Ticket::get(&grace.gm, printer.id).await.unwrap().tenant, 2);
}
