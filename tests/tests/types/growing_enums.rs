//! An enum gets another variant. The owner is deployed first, and consumers with the old enum go on.

use gm_runtime::{FieldType, GeneralManager, Gm};
use gm_tests::conformance::Running;
use gm_tests::raw::Request;
use serde_json::json;

/// The consumer's side: the old version of the shared crate.
mod before {
    use super::*;

    #[derive(Clone, Debug, PartialEq, FieldType)]
    pub(crate) enum Status {
        Open,
        Paid,
        #[field_type(other)]
        Other(String),
    }

    #[derive(Clone, Debug, PartialEq, GeneralManager)]
    #[database(table = "invoices")]
    #[permission(read = public, create = public, update = public)]
    #[remote_api(resource = "invoices", allow_filter, allow_detail, allow_create, allow_update)]
    #[remote_manager(base_url = "http://owner.test")]
    pub(crate) struct Invoice {
        #[field(id)]
        pub(crate) id: i64,
        pub(crate) status: Status,
        #[field(blank, default)]
        pub(crate) note: String,
    }
}

/// The owner's side: the new version of the shared crate, with another variant.
mod after {
    use super::*;

    #[derive(Clone, Debug, PartialEq, FieldType)]
    pub(crate) enum Status {
        Open,
        Paid,
        Refunded,
        #[field_type(other)]
        Other(String),
    }

    #[derive(Clone, Debug, PartialEq, GeneralManager)]
    #[database(table = "invoices")]
    #[permission(read = public, create = public, update = public)]
    #[remote_api(resource = "invoices", allow_filter, allow_detail, allow_create, allow_update)]
    pub(crate) struct Invoice {
        #[field(id)]
        pub(crate) id: i64,
        pub(crate) status: Status,
        #[field(blank, default)]
        pub(crate) note: String,
    }
}

use before::{RemoteInvoice, RemoteInvoiceCreate, Status};

fn other(name: &str) -> Status {
    Status::Other(name.to_owned())
}

/// The new owner with three rows, and a consumer with the old enum.
async fn deployed() -> (Running, Gm) {
    let builder = Gm::builder()
        .database("sqlite::memory:")
        .expose::<after::Invoice>();
    let owner = Running::start(builder).await.unwrap();
    for status in [
        after::Status::Refunded,
        after::Status::Open,
        after::Status::Refunded,
    ] {
        let invoice = after::Invoice::create(after::InvoiceCreate { status });
        invoice.exec(&owner.gm).await.unwrap();
    }
    let consumer = Gm::builder().base_url("http://owner.test", format!("http://{}", owner.address));
    (owner, consumer.build().await.unwrap())
}

#[tokio::test]
async fn an_old_consumer_reads_filters_and_writes_back() {
    let (owner, consumer) = deployed().await;
    let rows = RemoteInvoice::all(&consumer).await.unwrap();
    let statuses: Vec<_> = rows.iter().map(|row| row.status.clone()).collect();
    assert_eq!(statuses, [other("refunded"), Status::Open, other("refunded")]);

    let refunded = RemoteInvoice::filter(|i| i.status.eq(other("refunded")));
    assert_eq!(refunded.count(&consumer).await.unwrap(), 2);
    let known = RemoteInvoice::filter(|i| i.status.is_in([Status::Open, Status::Paid]));
    assert_eq!(known.count(&consumer).await.unwrap(), 1);
    let sorted = RemoteInvoice::order_by(|i| i.status.desc());
    let first = sorted.first(&consumer).await.unwrap().unwrap();
    assert_eq!(first.status, other("refunded"));

    // An update of another field, an update with the unknown value, and a create with it.
    let noted = rows[0].update().note("called").exec(&consumer).await.unwrap();
    assert_eq!(noted.status, other("refunded"));
    let status = noted.status.clone();
    rows[1]
        .update()
        .status(status.clone())
        .exec(&consumer)
        .await
        .unwrap();
    let created = RemoteInvoice::create(RemoteInvoiceCreate { status });
    let created = created.exec(&consumer).await.unwrap();
    let stored = after::Invoice::filter(|i| i.status.eq(after::Status::Refunded));
    let stored: Vec<_> = stored
        .all(&owner.gm)
        .await
        .unwrap()
        .iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(stored, [1, 2, 3, created.id]);
    owner.stop().await.unwrap();
}

#[tokio::test]
async fn the_owner_refuses_unknown_values() {
    let (owner, consumer) = deployed().await;
    let expected = "expected one of \"open\", \"paid\", \"refunded\", got \"lost\"";
    for (method, path, body) in [
        ("POST", "/gm/invoices", r#"{"status": "lost"}"#),
        ("PATCH", "/gm/invoices/1", r#"{"status": "lost"}"#),
    ] {
        let answer = Request::new(method, path)
            .json(body)
            .send(owner.address)
            .await
            .unwrap();
        let body = answer.json();
        assert_eq!(
            (
                answer.status,
                &body["error_code"],
                &body["details"]["field"],
                &body["details"]["message"]
            ),
            (
                400,
                &json!("validation_error"),
                &json!("status"),
                &json!(expected)
            )
        );
    }
    let invalid = RemoteInvoice::by_id(1)
        .update()
        .status(other("lost"))
        .exec(&consumer)
        .await
        .unwrap_err();
    assert!(invalid.is_invalid());
    assert_eq!(invalid.field_errors()[0].message(), expected);
    // The owner's own code can't write it either.
    let own = after::Invoice::by_id(1)
        .update()
        .status(after::Status::Other("lost".into()));
    assert_eq!(
        own.exec(&owner.gm).await.unwrap_err().to_string(),
        format!("`Invoice`.`status`: {expected}")
    );
    // The message shortens a long value.
    let long = before::Invoice::create(before::InvoiceCreate {
        status: other(&"x".repeat(100)),
    });
    let memory = Gm::builder()
        .in_memory::<before::Invoice>()
        .build()
        .await
        .unwrap();
    let message = long.exec(&memory).await.unwrap_err().to_string();
    assert!(
        message.ends_with(&format!("got \"{}\"…", "x".repeat(64))),
        "{message}"
    );
    owner.stop().await.unwrap();
}

/// A consumer's struct in memory replaces an owner that may be newer.
#[tokio::test]
async fn a_consumers_rows_in_memory_keep_unknown_values() {
    let row = RemoteInvoice {
        id: 7,
        status: other("refunded"),
        note: String::new(),
    };
    let gm = Gm::builder().in_memory_with([row.clone()]).build().await.unwrap();
    let read = RemoteInvoice::get(&gm, 7).await.unwrap();
    assert_eq!((read.id, &read.status), (7, &row.status));
    read.update()
        .note("n")
        .status(row.status)
        .exec(&gm)
        .await
        .unwrap();
}

/// An owner that was rolled back reads the rows of the newer one, and refuses new ones.
#[tokio::test]
async fn an_owner_that_is_deployed_back_reads_on() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("invoices.db").display());
    let newer = Gm::builder()
        .database(&url)
        .manager::<after::Invoice>()
        .build()
        .await
        .unwrap();
    let refunded = after::InvoiceCreate {
        status: after::Status::Refunded,
    };
    after::Invoice::create(refunded).exec(&newer).await.unwrap();
    newer.close().await;

    let older = Gm::builder()
        .database(&url)
        .manager::<before::Invoice>()
        .build()
        .await
        .unwrap();
    let row = before::Invoice::get(&older, 1).await.unwrap();
    assert_eq!(row.status, other("refunded"));
    row.update().note("kept").exec(&older).await.unwrap();
    let refused = row
        .update()
        .status(other("refunded"))
        .exec(&older)
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`Invoice`.`status`: expected one of \"open\", \"paid\", got \"refunded\""
    );
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "labelled")]
struct Labelled {
    #[field(id)]
    id: i64,
    #[field(default = Status::Other("lost".to_owned()))]
    status: Status,
}

#[tokio::test]
async fn a_default_that_the_enum_does_not_know_is_refused() {
    let gm = Gm::builder().in_memory::<Labelled>().build().await.unwrap();
    let error = Labelled::create(LabelledCreate::default())
        .exec(&gm)
        .await
        .unwrap_err();
    assert!(
        error.is_invalid() && error.to_string().contains("lost"),
        "{error}"
    );
}
