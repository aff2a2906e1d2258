//! The rows that the database changes besides a write: cascades, triggers, rules.

use gm_runtime::change::{Action, Change};
use gm_runtime::{GeneralManager, Gm};
use gm_tests::postgres::Database;

use super::{Subscriber, Ticket, change, replica, ticket};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "comments")]
struct Comment {
    #[field(id)]
    id: i64,
    ticket: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "votes")]
struct Vote {
    #[field(id)]
    id: i64,
    comment: i64,
}

struct Setup {
    database: Database,
    gm: Gm,
    tickets: Subscriber,
    comments: Subscriber,
    votes: Subscriber,
}

/// The tables of the three managers, with these changes.
async fn with(alterations: &str) -> Setup {
    let database = Database::create().await;
    let builder = || {
        replica(&database)
            .manager::<Ticket>()
            .manager::<Comment>()
            .manager::<Vote>()
    };
    builder().build().await.unwrap().close().await;
    database.execute(alterations).await;
    let gm = builder().build().await.unwrap();
    Setup {
        tickets: Subscriber::of::<Ticket>(&gm),
        comments: Subscriber::of::<Comment>(&gm),
        votes: Subscriber::of::<Vote>(&gm),
        database,
        gm,
    }
}

impl Setup {
    async fn received(&mut self) -> [Vec<Change>; 3] {
        [
            self.tickets.received::<Ticket>(&self.gm).await,
            self.comments.received::<Comment>(&self.gm).await,
            self.votes.received::<Vote>(&self.gm).await,
        ]
    }
}

#[tokio::test]
async fn cascades_refresh_the_managers_of_the_changed_tables() {
    let mut setup = with(
        "ALTER TABLE comments ADD FOREIGN KEY (ticket) REFERENCES tickets ON DELETE CASCADE;
         ALTER TABLE votes ADD FOREIGN KEY (comment) REFERENCES comments ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    )
    .await;
    let row = Ticket::create(ticket("a")).exec(&setup.gm).await.unwrap();
    let lone = Ticket::create(ticket("b")).exec(&setup.gm).await.unwrap();
    let comment = Comment::create(CommentCreate {})
        .ticket(row.id)
        .exec(&setup.gm)
        .await
        .unwrap();
    Vote::create(VoteCreate { comment: comment.id })
        .exec(&setup.gm)
        .await
        .unwrap();
    setup.received().await;
    // Nothing cascades from this row.
    lone.delete(&setup.gm).await.unwrap();
    assert_eq!(
        setup.received().await,
        [vec![change(Action::Delete, lone.id)], vec![], vec![]]
    );
    row.delete(&setup.gm).await.unwrap();
    let refresh = vec![Change::refresh()];
    assert_eq!(
        setup.received().await,
        [vec![change(Action::Delete, row.id)], refresh.clone(), refresh]
    );
    assert_eq!(Vote::count(&setup.gm).await.unwrap(), 0);
}

#[tokio::test]
async fn set_null_refreshes_the_manager_of_the_changed_table() {
    let mut setup =
        with("ALTER TABLE comments ADD FOREIGN KEY (ticket) REFERENCES tickets ON DELETE SET NULL").await;
    let row = Ticket::create(ticket("a")).exec(&setup.gm).await.unwrap();
    Comment::create(CommentCreate {})
        .ticket(row.id)
        .exec(&setup.gm)
        .await
        .unwrap();
    setup.received().await;
    row.delete(&setup.gm).await.unwrap();
    assert_eq!(
        setup.received().await,
        [
            vec![change(Action::Delete, row.id)],
            vec![Change::refresh()],
            vec![]
        ]
    );
}

#[tokio::test]
async fn triggers_refresh_the_managers_of_the_tables_that_they_change() {
    let mut setup = with(
        "CREATE FUNCTION count_comment() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             UPDATE tickets SET title = title || '!' WHERE id = NEW.ticket; RETURN NEW; END $$;
         CREATE TRIGGER count_comment AFTER INSERT ON comments FOR EACH ROW EXECUTE FUNCTION count_comment()",
    )
    .await;
    let row = Ticket::create(ticket("a")).exec(&setup.gm).await.unwrap();
    setup.received().await;
    let comment = Comment::create(CommentCreate {})
        .ticket(row.id)
        .exec(&setup.gm)
        .await
        .unwrap();
    assert_eq!(
        setup.received().await,
        [
            vec![Change::refresh()],
            vec![change(Action::Create, comment.id)],
            vec![]
        ]
    );
    assert_eq!(Ticket::get(&setup.gm, row.id).await.unwrap().title, "a!");
    // The trigger runs, and changes no other row.
    let comment = Comment::create(CommentCreate {}).exec(&setup.gm).await.unwrap();
    assert_eq!(
        setup.received().await,
        [vec![], vec![change(Action::Create, comment.id)], vec![]]
    );
}

/// A trigger that changes only the row itself, such as one that sets the time of the update, costs no refresh.
#[tokio::test]
async fn a_trigger_before_the_write_causes_no_refresh() {
    let mut setup = with(
        "CREATE FUNCTION upper_title() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.title := upper(NEW.title); RETURN NEW; END $$;
         CREATE TRIGGER upper_title BEFORE INSERT OR UPDATE ON tickets FOR EACH ROW EXECUTE FUNCTION upper_title()",
    )
    .await;
    let row = Ticket::create(ticket("a")).exec(&setup.gm).await.unwrap();
    assert_eq!(row.title, "A");
    row.update().title("b").exec(&setup.gm).await.unwrap();
    assert_eq!(
        setup.received().await,
        [
            vec![change(Action::Create, row.id), change(Action::Update, row.id)],
            vec![],
            vec![]
        ]
    );
}

/// The table's own rows, beyond the one that was written.
#[tokio::test]
async fn other_rows_of_the_same_table_refresh_its_manager() {
    let mut setup = with(
        "CREATE FUNCTION close_others() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             DELETE FROM tickets WHERE title = 'duplicate of ' || OLD.title; RETURN NULL; END $$;
         CREATE TRIGGER close_others AFTER DELETE ON tickets FOR EACH ROW EXECUTE FUNCTION close_others()",
    )
    .await;
    let row = Ticket::create(ticket("a")).exec(&setup.gm).await.unwrap();
    Ticket::create(ticket("duplicate of a"))
        .exec(&setup.gm)
        .await
        .unwrap();
    setup.received().await;
    row.delete(&setup.gm).await.unwrap();
    let [tickets, ..] = setup.received().await;
    assert_eq!(tickets, [change(Action::Delete, row.id), Change::refresh()]);
    assert_eq!(Ticket::count(&setup.gm).await.unwrap(), 0);
}

/// With the trigger `gm_notify` on the other table, its rows are named.
#[tokio::test]
async fn a_table_with_the_trigger_reports_cascades_by_row() {
    let mut setup =
        with("ALTER TABLE comments ADD FOREIGN KEY (ticket) REFERENCES tickets ON DELETE CASCADE").await;
    let script = replica(&setup.database)
        .manager::<Comment>()
        .schema_triggers()
        .unwrap();
    setup.database.execute(&script).await;
    let row = Ticket::create(ticket("a")).exec(&setup.gm).await.unwrap();
    let comment = Comment::create(CommentCreate {})
        .ticket(row.id)
        .exec(&setup.gm)
        .await
        .unwrap();
    setup.received().await;
    row.delete(&setup.gm).await.unwrap();
    let [tickets, comments, _] = setup.received().await;
    assert_eq!(tickets, [change(Action::Delete, row.id)]);
    assert_eq!(comments, [change(Action::Delete, comment.id)]);
}
