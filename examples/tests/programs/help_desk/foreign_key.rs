//! What no rule can say: that a comment has the tenant of its ticket. A foreign key says it.

use rusqlite::Connection;

use super::HelpDesk;
use super::consumer::{Comment, Consumer, Ticket, TicketTenant};

/// Gives the empty table of the comments a foreign key.
fn add_foreign_key(database: &Connection) {
    let sql = "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE tbl_name = 'comments'";
    let table: String = database.query_row(sql, [], |row| row.get(0)).unwrap();
    let (columns, options) = table.split_once(") STRICT").unwrap();
    let key = "FOREIGN KEY (ticket, tenant) REFERENCES tickets (id, tenant) ON UPDATE CASCADE";
    let change = format!(
        "CREATE UNIQUE INDEX tickets_of_tenants ON tickets (id, tenant);
         DROP TABLE comments;
         {columns}, {key}) STRICT {options};"
    );
    database.execute_batch(&change).unwrap();
}

#[tokio::test]
async fn a_foreign_key_keeps_comments_with_the_tenant_of_their_ticket() {
    let desk = HelpDesk::start().migrated(add_foreign_key);
    let [mut ada, mut grace, root] = [
        Consumer::start(&desk, "ada").await,
        Consumer::start(&desk, "grace").await,
        Consumer::start(&desk, "root").await,
    ];
    let printer = ada.open("Printer").await;
    ada.comment(&printer, "It is silent", false).await.unwrap();
    ada.comments.recv().await.unwrap();
    // The rules allow a comment with the own tenant on any ticket, and the key refuses it.
    let foreign = Ticket {
        tenant: 2,
        ..printer.clone()
    };
    let refused = grace.comment(&foreign, "Is it?", false).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    assert_eq!(Comment::count(&ada.gm).await.unwrap(), 1);

    TicketTenant::by_id(printer.id)
        .update()
        .tenant(2)
        .exec(&root.gm)
        .await
        .unwrap();
    // A cascade is announced as a refresh.
    grace.comments.recv().await.unwrap();
    ada.comments.recv().await.unwrap();
    assert_eq!(Comment::count(&ada.gm).await.unwrap(), 0);
    assert_eq!(Comment::count(&grace.gm).await.unwrap(), 1);
}
