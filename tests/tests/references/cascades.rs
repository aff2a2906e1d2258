//! What a deletion does to the rows that refer to the row: on each storage, with their events, versions and times.

use std::sync::{Arc, Mutex};

use gm_runtime::access::Principal;
use gm_runtime::change::{Action, Change, Subscription};
use gm_runtime::field::Value;
use gm_runtime::{Error, GeneralManager, Gm, Manager};
use gm_tests::database::TestDatabase;
use gm_tests::marker::published;

use crate::foreign_keys::{
    Comment, CommentCreate, Customer, File, FileCreate, Pin, PinCreate, Ticket, customer, ticket,
};
use crate::on_each_handle;

on_each_handle! {
    a_deletion_cascades_with_its_events,
    a_cascade_is_not_judged_by_the_rules_of_other_managers,
    many_changes_are_a_refresh,
    rows_that_are_deleted_too_restrict_nothing,
    a_restriction_behind_a_cascade_undoes_all,
    a_cascade_in_a_transaction_is_undone_with_it,
    many_rows_are_deleted_with_what_refers_to_them,
}

type Events = Arc<Mutex<Vec<(&'static str, Action, Option<i64>)>>>;

fn watch<M: Manager>(gm: &Gm, events: &Events) -> Subscription {
    let events = Arc::clone(events);
    let listener = move |change: &Change| {
        let id = match change.id() {
            Some(Value::Integer(id)) => Some(*id),
            _ => None,
        };
        let event = (M::DESCRIPTION.name(), change.action(), id);
        events.lock().unwrap().push(event);
    };
    gm.on_change::<M>(listener).unwrap()
}

async fn comment(gm: &Gm, ticket_id: i64, answered: Option<i64>) -> i64 {
    let comment = Comment::create(CommentCreate { ticket_id }).answered_id(answered);
    comment.exec(gm).await.unwrap().id
}

async fn file(gm: &Gm, comment: i64) -> File {
    let file = File::create(FileCreate {});
    file.comment_id(Some(comment)).exec(gm).await.unwrap()
}

async fn a_deletion_cascades_with_its_events(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let (first, other) = (ticket(&gm, ada.id, "a").await, ticket(&gm, ada.id, "b").await);
    let next = other
        .update()
        .previous_id(Some(first.id))
        .exec(&gm)
        .await
        .unwrap();
    let asked = comment(&gm, first.id, None).await;
    let answer = comment(&gm, first.id, Some(asked)).await;
    let kept = comment(&gm, next.id, None).await;
    let (cleared, untouched) = (file(&gm, answer).await, file(&gm, kept).await);
    published(&gm).await;

    let events = Events::default();
    let subscriptions = (
        watch::<Ticket>(&gm, &events),
        watch::<Comment>(&gm, &events),
        watch::<File>(&gm, &events),
    );
    first.clone().delete(&gm).await.unwrap();
    published(&gm).await;
    drop(subscriptions);
    let seen = std::mem::take(&mut *events.lock().unwrap());
    let mut expected = vec![
        ("Ticket", Action::Update, Some(next.id)),
        ("Ticket", Action::Delete, Some(first.id)),
        ("Comment", Action::Delete, Some(asked)),
        ("Comment", Action::Delete, Some(answer)),
        ("File", Action::Update, Some(cleared.id)),
    ];
    let mut sorted = seen.clone();
    let key = |event: &(&'static str, Action, Option<i64>)| format!("{event:?}");
    sorted.sort_by_key(key);
    expected.sort_by_key(key);
    assert_eq!(sorted, expected);
    assert_eq!(
        seen.last(),
        Some(&("Ticket", Action::Delete, Some(first.id))),
        "the row is deleted last: {seen:?}"
    );

    assert_eq!(Ticket::get(&gm, next.id).await.unwrap().previous_id, None);
    let comments: Vec<_> = Comment::all(&gm)
        .await
        .unwrap()
        .iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(comments, [kept]);
    let now = File::get(&gm, cleared.id).await.unwrap();
    assert_eq!((now.comment_id, now.version), (None, 2));
    assert!(now.updated >= cleared.updated);
    assert_eq!(File::get(&gm, untouched.id).await.unwrap(), untouched);
}

async fn a_cascade_is_not_judged_by_the_rules_of_other_managers(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let ticket = ticket(&gm, ada.id, "a").await;
    let comment = comment(&gm, ticket.id, None).await;
    let caller = gm.acting_as(Principal::named("guest"));
    let denied = Comment::by_id(comment).delete(&caller).await.unwrap_err();
    assert!(denied.is_permission_denied() || denied.is_not_found(), "{denied}");
    ticket.delete(&caller).await.unwrap();
    assert_eq!(Comment::count(&gm).await.unwrap(), 0);
}

async fn many_changes_are_a_refresh(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let ticket = ticket(&gm, ada.id, "a").await;
    for _ in 0..65 {
        comment(&gm, ticket.id, None).await;
    }
    published(&gm).await;
    let events = Events::default();
    let subscription = watch::<Comment>(&gm, &events);
    ticket.delete(&gm).await.unwrap();
    published(&gm).await;
    drop(subscription);
    assert_eq!(*events.lock().unwrap(), [("Comment", Action::Refresh, None)]);
    assert_eq!(Comment::count(&gm).await.unwrap(), 0);
}

fn pin(comment_id: i64, ticket_id: i64) -> PinCreate {
    PinCreate {
        comment_id,
        ticket_id,
    }
}

/// The pin restricts the deletion of the comment, and both are deleted with the ticket.
async fn rows_that_are_deleted_too_restrict_nothing(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let ticket = ticket(&gm, ada.id, "a").await;
    let comment = comment(&gm, ticket.id, None).await;
    Pin::create(pin(comment, ticket.id)).exec(&gm).await.unwrap();
    let refused = Comment::by_id(comment).delete(&gm).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    ticket.delete(&gm).await.unwrap();
    assert_eq!(Comment::count(&gm).await.unwrap(), 0);
    assert_eq!(Pin::count(&gm).await.unwrap(), 0);
    assert_eq!(Customer::count(&gm).await.unwrap(), 1);
}

async fn a_restriction_behind_a_cascade_undoes_all(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let (first, other) = (ticket(&gm, ada.id, "a").await, ticket(&gm, ada.id, "b").await);
    let comments = [
        comment(&gm, first.id, None).await,
        comment(&gm, first.id, None).await,
    ];
    Pin::create(pin(comments[1], other.id)).exec(&gm).await.unwrap();
    published(&gm).await;
    let events = Events::default();
    let subscription = watch::<Comment>(&gm, &events);
    let refused = first.clone().delete(&gm).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`Ticket`: other rows refer to this row: those of `Pin`, by `comment_id`"
    );
    published(&gm).await;
    drop(subscription);
    assert_eq!(*events.lock().unwrap(), []);
    assert_eq!(Comment::count(&gm).await.unwrap(), 2);
    assert_eq!(Ticket::count(&gm).await.unwrap(), 2);
}

async fn a_cascade_in_a_transaction_is_undone_with_it(gm: Gm) {
    let ada = customer(&gm, "ada").await;
    let ticket = ticket(&gm, ada.id, "a").await;
    let comment = comment(&gm, ticket.id, None).await;
    let file = file(&gm, comment).await;
    let failed = gm.transaction(async |tx| {
        ticket.clone().delete(&tx).await?;
        assert_eq!(Comment::count(&tx).await?, 0);
        assert_eq!(File::get(&tx, file.id).await?.comment_id, None);
        Err::<(), _>(Error::invalid("Ticket", "title", "no"))
    });
    assert!(failed.await.unwrap_err().is_invalid());
    assert_eq!(Comment::count(&gm).await.unwrap(), 1);
    assert_eq!(File::get(&gm, file.id).await.unwrap(), file);
    let done = gm.transaction(async |tx| ticket.clone().delete(&tx).await);
    done.await.unwrap();
    assert_eq!(Comment::count(&gm).await.unwrap(), 0);
    assert_eq!(File::get(&gm, file.id).await.unwrap().version, 2);
}

async fn many_rows_are_deleted_with_what_refers_to_them(gm: Gm) {
    let (ada, bob) = (customer(&gm, "ada").await, customer(&gm, "bob").await);
    let mut asked = None;
    for title in ["a", "b", "hidden"] {
        let ticket = ticket(&gm, ada.id, title).await;
        // Comments refer to each other across the tickets.
        asked = Some(comment(&gm, ticket.id, asked).await);
    }
    let file = file(&gm, asked.unwrap()).await;
    let kept = ticket(&gm, bob.id, "c").await;
    let of_ada = || Ticket::filter(|t| t.customer_id.eq(ada.id));
    // A restriction undoes all.
    Pin::create(pin(asked.unwrap(), kept.id)).exec(&gm).await.unwrap();
    let refused = of_ada().delete_all(&gm).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    assert_eq!(Ticket::count(&gm).await.unwrap(), 4);
    assert_eq!(Comment::count(&gm).await.unwrap(), 3);
    Pin::query().delete_all(&gm).await.unwrap();
    // A row that is out of the caller's sight stays. Its comment answers one that is deleted.
    let caller = gm.acting_as(Principal::named("guest"));
    let refused = Customer::query().delete_all(&caller).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    assert_eq!(of_ada().delete_all(&caller).await.unwrap(), 2);
    assert_eq!(Ticket::count(&gm).await.unwrap(), 2);
    assert_eq!(of_ada().delete_all(&gm).await.unwrap(), 1);
    assert_eq!(Ticket::all(&gm).await.unwrap().len(), 1);
    assert_eq!(Comment::count(&gm).await.unwrap(), 0);
    assert_eq!(File::get(&gm, file.id).await.unwrap().version, 2);
}

/// A team and its lead refer to each other.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "teams")]
struct Team {
    #[field(id)]
    id: i64,
    #[field(references = Person, on_delete = set_null)]
    lead_id: Option<i64>,
    /// A team is deleted with the team above it, in a circle or not.
    #[field(references = Team, on_delete = cascade)]
    above_id: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "people")]
struct Person {
    #[field(id)]
    id: i64,
    #[field(references = Team, on_delete = cascade)]
    team_id: i64,
}

async fn circles_end(gm: &Gm) {
    let first = Team::create(TeamCreate {}).exec(gm).await.unwrap();
    let second = Team::create(TeamCreate {}).above_id(Some(first.id));
    let second = second.exec(gm).await.unwrap();
    let third = Team::create(TeamCreate {}).above_id(Some(second.id));
    let third = third.exec(gm).await.unwrap();
    let ada = Person::create(PersonCreate { team_id: second.id });
    let ada = ada.exec(gm).await.unwrap();
    for team in [&first, &second, &third] {
        team.update().lead_id(Some(ada.id)).exec(gm).await.unwrap();
    }
    first.update().above_id(Some(third.id)).exec(gm).await.unwrap();
    let alone = Team::create(TeamCreate {}).lead_id(Some(ada.id));
    let alone = alone.exec(gm).await.unwrap();
    Team::by_id(second.id).delete(gm).await.unwrap();
    let left = Team::all(gm).await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].id, left[0].lead_id), (alone.id, None));
    assert_eq!(Person::count(gm).await.unwrap(), 0);
}

async fn circles(database: TestDatabase) {
    let gm = Gm::builder().database(database.url());
    let gm = gm.manager::<Team>().manager::<Person>().build().await.unwrap();
    circles_end(&gm).await;
}

#[tokio::test]
async fn circles_in_memory() {
    let gm = Gm::builder().in_memory::<Team>().in_memory::<Person>();
    circles_end(&gm.build().await.unwrap()).await;
}

mod of_circles {
    use super::circles;
    use gm_tests::on_each_database;

    on_each_database! { circles }
}
