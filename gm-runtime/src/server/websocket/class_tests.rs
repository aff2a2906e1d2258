//! The classes of a hub's subscribers, and what each class receives.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::cell::Cell;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::task::noop_waker;
use serde_json::{Value as Json, json};

use super::attachment::Attachment;
use super::hub::Hub;
use crate::access::Principal;
use crate::change::{Action, Change, Delivery, Images, Subscriber as _};
use crate::condition::{
    CallerAttribute, ConditionTree, Lookup, Operand, Operator, Rule, RuleOperand, RuleOperator,
};
use crate::field::Value;
use crate::manager::{Api, Description, FieldDescription, Permissions, Record};
use crate::protocol::close_code;
use crate::server::settings::ServerSettings;

static FIELDS: [FieldDescription; 2] = [
    FieldDescription::new::<i64>("id"),
    FieldDescription::new::<i64>("tenant"),
];
const TENANT: u16 = 1;

/// `admin | tenant == caller.claim("tenant")`
static TICKETS: Description =
    Description::new::<i64>("Ticket", &FIELDS, 0).with_permissions(Permissions::none().read(Rule::Any(&[
        Rule::Admin,
        Rule::Compare {
            field: TENANT,
            operator: RuleOperator::Equal,
            operand: RuleOperand::Caller(CallerAttribute::Claim("tenant")),
        },
    ])));

/// The rows of the tenant that the test grants.
static GRANTED: Description =
    Description::new::<i64>("Granted", &FIELDS, 0).with_permissions(Permissions::none().read(Rule::Own {
        path: "granted",
        condition: granted,
    }));

thread_local! {
    static GRANT: Cell<Option<i64>> = const { Cell::new(None) };
}

fn granted(_: &Principal) -> ConditionTree {
    GRANT.get().map_or(ConditionTree::Constant(false), tenant_is)
}

fn tenant_is(tenant: i64) -> ConditionTree {
    ConditionTree::Lookup(Lookup {
        field: TENANT,
        operator: Operator::Exact,
        operand: Operand::Value(Value::Integer(tenant)),
    })
}

fn hub(description: &'static Description) -> Arc<Hub> {
    let api = Api::new("/gm", "tickets").with_websocket_invalidation();
    Arc::new(Hub::new(description, api, &ServerSettings::default()))
}

fn of_tenant(tenant: i64) -> Principal {
    Principal::named("ada").with_claim("tenant", tenant)
}

fn admin() -> Principal {
    Principal::named("root").as_admin()
}

fn subscribe(hub: &Arc<Hub>, principal: &Principal) -> Attachment {
    Attachment::new(hub, principal.clone(), hub.sight(principal)).unwrap()
}

/// A change of the row 7, which has these tenants before and after it.
fn change(
    description: &'static Description,
    action: Action,
    before: Option<i64>,
    after: Option<i64>,
) -> Change {
    let row = |tenant: i64| Record::new(vec![Value::Integer(7), Value::Integer(tenant)]);
    let [before, after] = [before.map(row), after.map(row)];
    Images::add(
        Change::row(action, Value::Integer(7)),
        description,
        before.as_ref(),
        after.as_ref(),
    )
}

/// The frames that the subscriber sends now: the action and the id of events, the code of a close, and "pong".
fn sent(attachment: &mut Attachment) -> Vec<Json> {
    let mut sent = Vec::new();
    while let Poll::Ready((frame, is_last)) = attachment.poll(&Context::from_waker(&noop_waker())) {
        sent.push(match frame[0] & 0x0f {
            0x1 => {
                let start = frame.iter().position(|byte| *byte == b'{').unwrap();
                let event: Json = serde_json::from_slice(&frame[start..]).unwrap();
                match event["identification"]["id"].as_i64() {
                    Some(id) => json!([event["action"], id]),
                    None => event["action"].clone(),
                }
            }
            0x8 => json!(u16::from_be_bytes([frame[2], frame[3]])),
            0xa => json!("pong"),
            opcode => panic!("opcode {opcode}"),
        });
        if is_last {
            break;
        }
    }
    sent
}

/// Every change of a row between three tenants, against plain words. The third tenant has no subscriber.
#[tokio::test]
async fn each_class_receives_what_its_sight_of_the_row_did() {
    let hub = hub(&TICKETS);
    let mut every_row = subscribe(&hub, &admin());
    let mut tenants = [1, 2].map(|tenant| (tenant, subscribe(&hub, &of_tenant(tenant))));
    let places = [None, Some(1), Some(2), Some(3)];
    for (before, after) in places
        .into_iter()
        .flat_map(|before| places.map(|after| (before, after)))
    {
        let action = match (before, after) {
            (None, None) => continue,
            (None, Some(_)) => Action::Create,
            (Some(_), None) => Action::Delete,
            (Some(_), Some(_)) => Action::Update,
        };
        hub.notify(&change(&TICKETS, action, before, after));
        assert_eq!(sent(&mut every_row), [json!([action.name(), 7])]);
        for (tenant, attachment) in &mut tenants {
            let expected = match (before == Some(*tenant), after == Some(*tenant)) {
                (false, false) => vec![],
                (false, true) => vec![json!(["create", 7])],
                (true, false) => vec![json!(["delete", 7])],
                (true, true) => vec![json!(["update", 7])],
            };
            assert_eq!(sent(attachment), expected, "{before:?} → {after:?} for {tenant}");
        }
    }
}

/// A condition without an equality, so the index does not leave its class out.
#[tokio::test]
async fn a_class_that_is_judged_receives_nothing_of_rows_out_of_its_sight() {
    static OTHERS: Description = Description::new::<i64>("Others", &FIELDS, 0).with_permissions(
        Permissions::none().read(Rule::Compare {
            field: TENANT,
            operator: RuleOperator::Greater,
            operand: RuleOperand::Caller(CallerAttribute::Claim("tenant")),
        }),
    );
    let hub = hub(&OTHERS);
    let mut attachment = subscribe(&hub, &of_tenant(2));
    for (before, after, expected) in [
        (1, 2, None),
        (1, 3, Some("create")),
        (4, 3, Some("update")),
        (3, 2, Some("delete")),
    ] {
        hub.notify(&change(&OTHERS, Action::Update, Some(before), Some(after)));
        let expected: Vec<_> = expected.iter().map(|action| json!([action, 7])).collect();
        assert_eq!(sent(&mut attachment), expected, "{before} → {after}");
    }
}

/// Such as a refresh, `Gm::publish`, an event of another service, and the side effect of a trigger.
#[tokio::test]
async fn a_change_without_images_is_a_refresh_for_classes_with_a_condition() {
    let hub = hub(&TICKETS);
    let mut every_row = subscribe(&hub, &admin());
    let mut tenant = subscribe(&hub, &of_tenant(1));
    hub.notify(&Change::row(Action::Update, Value::Integer(7)));
    assert_eq!(sent(&mut every_row), [json!(["update", 7])]);
    assert_eq!(sent(&mut tenant), [json!("refresh")]);
    hub.notify(&Change::refresh());
    assert_eq!(sent(&mut every_row), [json!("refresh")]);
    assert_eq!(sent(&mut tenant), [json!("refresh")]);
}

/// Two managers may show the same table by different fields.
#[tokio::test]
async fn the_images_of_another_manager_are_not_judged() {
    let hub = hub(&TICKETS);
    let mut tenant = subscribe(&hub, &of_tenant(1));
    hub.notify(&change(&GRANTED, Action::Update, Some(1), Some(1)));
    assert_eq!(sent(&mut tenant), [json!("refresh")]);
}

/// Own storage may find no row before an update, and still update it.
#[tokio::test]
async fn images_that_miss_one_are_not_judged() {
    let hub = hub(&TICKETS);
    let mut tenant = subscribe(&hub, &of_tenant(1));
    for (action, before, after) in [
        (Action::Update, None, Some(2)),
        (Action::Update, Some(2), None),
        (Action::Delete, None, Some(2)),
        (Action::Create, None, None),
    ] {
        hub.notify(&change(&TICKETS, action, before, after));
        assert_eq!(sent(&mut tenant), [json!("refresh")]);
    }
}

#[tokio::test]
async fn callers_with_the_same_sight_share_a_class_which_ends_with_the_last_of_them() {
    let hub = hub(&TICKETS);
    assert_eq!(hub.class_count(), 0);
    let [first, mut second] = [subscribe(&hub, &of_tenant(1)), subscribe(&hub, &of_tenant(1))];
    let other = subscribe(&hub, &of_tenant(2));
    let admins = [subscribe(&hub, &admin()), subscribe(&hub, &admin())];
    assert_eq!(hub.class_count(), 3);
    drop((first, admins));
    assert_eq!(hub.class_count(), 2);
    hub.notify(&change(&TICKETS, Action::Create, None, Some(1)));
    assert_eq!(sent(&mut second), [json!(["create", 7])]);
    drop((second, other));
    assert_eq!(hub.class_count(), 0);
    // The names of classes are used again.
    let mut last = subscribe(&hub, &of_tenant(2));
    hub.notify(&change(&TICKETS, Action::Create, None, Some(1)));
    assert_eq!(sent(&mut last), Vec::<Json>::new());
}

#[tokio::test]
async fn a_caller_that_may_read_no_row_does_not_enter() {
    let hub = hub(&TICKETS);
    let nobody = Principal::anonymous();
    let sight = hub.sight(&nobody);
    assert!(!sight.is_any());
    let refused = Attachment::new(&hub, nobody, sight);
    assert_eq!(refused.err(), Some(close_code::UNAUTHORIZED));
    assert_eq!(hub.class_count(), 0);
}

#[tokio::test]
async fn after_the_grants_changed_a_socket_sends_a_refresh_and_the_events_of_its_new_class() {
    GRANT.set(Some(1));
    let hub = hub(&GRANTED);
    let mut attachment = subscribe(&hub, &of_tenant(0));
    // An event that waits while the grants change. Its row is out of sight now.
    hub.notify(&change(&GRANTED, Action::Update, Some(1), Some(1)));
    GRANT.set(Some(2));
    hub.grants_changed();
    hub.notify(&change(&GRANTED, Action::Update, Some(1), Some(1)));
    assert_eq!(sent(&mut attachment), [json!("refresh")]);
    hub.notify(&change(&GRANTED, Action::Update, Some(1), Some(1)));
    hub.notify(&change(&GRANTED, Action::Update, Some(1), Some(2)));
    assert_eq!(sent(&mut attachment), [json!(["create", 7])]);
    assert_eq!((hub.class_count(), hub.retired_count()), (1, 0));
}

/// Otherwise a change between the refresh and the attachment would be lost.
#[tokio::test]
async fn a_socket_enters_its_new_class_before_it_sends_the_refresh() {
    GRANT.set(Some(1));
    let hub = hub(&GRANTED);
    let mut attachment = subscribe(&hub, &of_tenant(0));
    hub.grants_changed();
    let refresh = attachment.poll(&Context::from_waker(&noop_waker()));
    assert!(refresh.is_ready());
    hub.notify(&change(&GRANTED, Action::Update, Some(1), Some(1)));
    assert_eq!(sent(&mut attachment), [json!(["update", 7])]);
}

#[tokio::test]
async fn a_socket_whose_caller_may_read_no_row_any_more_is_closed_with_4401() {
    GRANT.set(Some(1));
    let hub = hub(&GRANTED);
    let mut attachment = subscribe(&hub, &of_tenant(0));
    hub.notify(&change(&GRANTED, Action::Update, Some(1), Some(1)));
    GRANT.set(None);
    hub.grants_changed();
    assert_eq!(sent(&mut attachment), [json!(close_code::UNAUTHORIZED)]);
    drop(attachment);
    assert_eq!((hub.class_count(), hub.retired_count()), (0, 0));
}

/// The grants change while a handshake is authorised.
#[tokio::test]
async fn a_sight_that_is_outdated_is_evaluated_again() {
    GRANT.set(Some(1));
    let hub = hub(&GRANTED);
    let sight = hub.sight(&of_tenant(0));
    GRANT.set(Some(2));
    hub.grants_changed();
    let mut attachment = Attachment::new(&hub, of_tenant(0), sight).unwrap();
    hub.notify(&change(&GRANTED, Action::Create, None, Some(1)));
    hub.notify(&change(&GRANTED, Action::Delete, Some(2), None));
    assert_eq!(sent(&mut attachment), [json!(["delete", 7])]);
}

/// The pong says that everything before its ping was sent, and the refresh is before it.
#[tokio::test]
async fn a_pong_follows_the_refresh_of_grants_that_changed_before_the_ping() {
    GRANT.set(Some(1));
    let hub = hub(&GRANTED);
    let mut attachment = subscribe(&hub, &of_tenant(0));
    hub.grants_changed();
    attachment.pong(b"1".to_vec());
    assert_eq!(sent(&mut attachment), [json!("refresh"), json!("pong")]);
}

#[tokio::test]
async fn a_socket_that_enters_its_class_anew_is_revoked_and_closed_as_before() {
    GRANT.set(Some(1));
    let hub = hub(&GRANTED);
    let mut revoked = subscribe(&hub, &of_tenant(0));
    hub.grants_changed();
    hub.close_sockets_of("ada", close_code::CREDENTIAL_ENDED);
    assert_eq!(sent(&mut revoked), [json!(close_code::CREDENTIAL_ENDED)]);
    let [mut suspended, mut stopped] = [subscribe(&hub, &of_tenant(0)), subscribe(&hub, &of_tenant(0))];
    hub.grants_changed();
    hub.delivery_changed(Delivery::BestEffort);
    assert_eq!(sent(&mut suspended), [json!(close_code::TRY_AGAIN_LATER)]);
    hub.close();
    assert_eq!(sent(&mut stopped), [json!(close_code::GOING_AWAY)]);
}

/// A refresh, a change of the delivery and the end concern the subscribers of all classes.
#[tokio::test]
async fn every_class_is_closed() {
    for (end, code) in [
        (Hub::close as fn(&Hub), close_code::GOING_AWAY),
        (
            |hub| hub.delivery_changed(Delivery::None),
            close_code::TRY_AGAIN_LATER,
        ),
    ] {
        let hub = hub(&TICKETS);
        let principals = [admin(), of_tenant(1), of_tenant(2)];
        let mut attachments = principals.map(|principal| subscribe(&hub, &principal));
        end(&hub);
        for attachment in &mut attachments {
            assert_eq!(sent(attachment), [json!(code)]);
        }
    }
}

#[tokio::test]
async fn a_rule_that_panics_allows_no_row() {
    static PANICS: Description =
        Description::new::<i64>("Panics", &FIELDS, 0).with_permissions(Permissions::none().read(Rule::Own {
            path: "panics",
            condition: |_| panic!("a rule of the application"),
        }));
    let hub = hub(&PANICS);
    assert!(!hub.sight(&of_tenant(1)).is_any());
}
