//! Typed verbs of a handle that acts as a caller: they see what the caller sees.

use futures_util::{StreamExt as _, TryStreamExt as _};
use gm_runtime::manager::Operation;
use gm_runtime::{Error, GeneralManager, Gm};

use super::service::{ADMIN, STRANGER, Service, TIM, principal};
use super::ticket::{GatewayTicket, ShelfTicket, Ticket};

macro_rules! verbs_see_what_the_caller_sees {
    ($test:ident, $ticket:ident, $service:expr) => {
        #[tokio::test]
        async fn $test() {
            let service: Service = $service.await;
            let own = service.gm();
            let tim = own.acting_as(principal(TIM));
            let admin = own.acting_as(principal(ADMIN));
            let stranger = own.acting_as(principal(STRANGER));
            // The first round fills a cache with the answers of the service itself, the others read it.
            for _ in 0..2 {
                let rows = $ticket::all(own).await.unwrap();
                assert_eq!(rows.len(), 4);
                assert_eq!(rows[0].price, Some(100));
                assert_eq!($ticket::get(own, 2).await.unwrap().badge.as_deref(), Some("b2"));

                let rows = $ticket::all(&tim).await.unwrap();
                let seen: Vec<_> = rows.iter().map(|row| (row.id, row.price, row.badge.clone())).collect();
                assert_eq!(seen, [(1, None, None), (3, None, None)]);
                assert_eq!(rows.total_count(), Some(2));
                let row = $ticket::get(&tim, 1).await.unwrap();
                assert_eq!((row.title.as_str(), row.price, row.badge), ("printer", None, None));
                assert_eq!($ticket::get(&admin, 1).await.unwrap().price, Some(100));
                for id in [2, 99] {
                    assert!($ticket::get(&tim, id).await.unwrap_err().is_not_found());
                    assert_eq!($ticket::get(&tim, id).optional().await.unwrap(), None);
                }

                assert_eq!($ticket::count(&tim).await.unwrap(), 2);
                let query = $ticket::query().order_by(|t| t.title.desc());
                assert_eq!(query.first(&tim).await.unwrap().unwrap().id, 3);
                let hidden = $ticket::filter(|t| t.tenant.eq(2));
                assert!(!hidden.exists(&tim).await.unwrap());
                assert!(hidden.one(&tim).optional().await.unwrap().is_none());
                let ids = query.page_size(1).stream(&tim).map_ok(|row| (row.id, row.price));
                assert_eq!(ids.try_collect::<Vec<_>>().await.unwrap(), [(3, None), (1, None)]);

                assert!($ticket::all(&stranger).await.unwrap().is_empty());
                assert_eq!($ticket::count(&stranger).await.unwrap(), 0);
                let denied = $ticket::get(&stranger, 1).await.unwrap_err();
                assert!(matches!(denied, Error::PermissionDenied { .. }), "{denied:?}");
            }
            let by_hidden_fields = [
                $ticket::filter(|t| t.price.gt(100)),
                $ticket::query().exclude(|t| t.badge.eq("b1".to_owned())),
                $ticket::query().order_by(|t| t.price.asc()),
            ];
            for (query, is_ordered) in by_hidden_fields.into_iter().zip([false, false, true]) {
                let mut errors = vec![
                    query.all(&tim).await.err(),
                    query.first(&tim).await.err(),
                    query.exists(&tim).await.err(),
                    query.stream(&tim).try_next().await.err(),
                ];
                // A number of rows has no order.
                if !is_ordered {
                    errors.push(query.count(&tim).await.err());
                }
                for error in errors {
                    let error = error.unwrap();
                    let expected = Operation::Filter;
                    assert!(
                        matches!(error, Error::FieldDenied { operation, .. } if operation == expected),
                        "{error:?}"
                    );
                }
                assert!(query.all(&admin).await.is_ok());
            }
            let written = $ticket::by_id(1).update().price(5).exec(&tim).await;
            let denied = written.unwrap_err();
            assert!(matches!(denied, Error::FieldDenied { field: "price", .. }), "{denied:?}");
            let row = $ticket::by_id(1).update().title("new").exec(&tim).await.unwrap();
            assert_eq!((row.price, row.changed_by.as_deref()), (None, Some("tim")));
            let denied = $ticket::by_id(3).delete(&tim).await.unwrap_err();
            assert!(matches!(denied, Error::PermissionDenied { .. }), "{denied:?}");
            assert!($ticket::by_id(2).delete(&tim).await.unwrap_err().is_not_found());
            service.stop().await;
        }
    };
}

verbs_see_what_the_caller_sees!(in_memory, Ticket, Service::memory());
verbs_see_what_the_caller_sees!(in_sqlite, Ticket, Service::sqlite_with(|builder| builder));
verbs_see_what_the_caller_sees!(in_postgres, Ticket, Service::postgres());
verbs_see_what_the_caller_sees!(
    in_own_storage,
    ShelfTicket,
    Service::shelf_with(|builder| builder)
);
verbs_see_what_the_caller_sees!(behind_a_gateway, GatewayTicket, Service::gateway());

#[tokio::test]
async fn a_live_query_shows_what_the_caller_sees() {
    let service = Service::memory().await;
    let gm = service.gm();
    let tim = gm.acting_as(principal(TIM));
    let mut live = Ticket::query().watch(&tim);
    let rows = live.try_next().await.unwrap().unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 3]);
    Ticket::by_id(2).update().tenant(1).exec(gm).await.unwrap();
    let rows = live.try_next().await.unwrap().unwrap();
    assert_eq!(
        rows.iter().map(|row| row.price).collect::<Vec<_>>(),
        [None, None, None]
    );
    let mut denied = Ticket::filter(|t| t.price.gt(1)).watch(&tim);
    let error = denied.try_next().await.unwrap_err();
    assert!(matches!(error, Error::FieldDenied { .. }), "{error:?}");
    assert!(denied.next().await.is_none());
    drop((live, denied));
    service.stop().await;
}

/// A manager with a hidden field that is no `Option`.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "salaries")]
#[permission(read = authenticated, create = authenticated, update = authenticated)]
struct Salary {
    #[field(id)]
    id: i64,
    name: String,
    #[field(read = admin)]
    amount: i64,
}

#[tokio::test]
async fn a_row_whose_type_needs_a_hidden_field_can_be_counted_and_not_read() {
    let gm = Gm::builder().in_memory::<Salary>().build().await.unwrap();
    let tim = gm.acting_as(principal(TIM));
    let create = SalaryCreate {
        name: "Ada".to_owned(),
        amount: 7,
    };
    // The row is written, so the error must not invite to write it again.
    let created = Salary::create(create).exec(&tim).await.unwrap_err();
    assert!(matches!(created, Error::CreatedUnreadable { .. }), "{created:?}");
    let updated = Salary::by_id(1)
        .update()
        .name("Eve")
        .exec(&tim)
        .await
        .unwrap_err();
    assert!(matches!(updated, Error::UpdatedUnreadable { .. }), "{updated:?}");
    for error in [
        Salary::all(&tim).await.err(),
        Salary::get(&tim, 1).await.err(),
        Salary::get(&tim, 99).await.err(),
        Salary::query().first(&tim).await.err(),
    ] {
        let error = error.unwrap();
        assert!(
            matches!(error, Error::FieldDenied { field: "amount", .. }),
            "{error:?}"
        );
    }
    assert_eq!(Salary::count(&tim).await.unwrap(), 1);
    assert!(Salary::query().exists(&tim).await.unwrap());
    let admin = gm.acting_as(principal(ADMIN));
    assert_eq!(Salary::get(&admin, 1).await.unwrap().amount, 7);
}
