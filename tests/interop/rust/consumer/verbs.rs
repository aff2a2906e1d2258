//! Every verb. The rows of a check have a status of their own, so that no other's rows are in its way.

use futures_util::TryStreamExt as _;
use gm_runtime::error::Extension;
use gm_runtime::{Error, Gm};

use super::Peer;
use super::managers::{RemoteProject, RemoteProjectCreate};

/// Adds projects of this status, named by number.
async fn add(gm: &Gm, status: &str, count: usize) -> Vec<RemoteProject> {
    let mut added = Vec::new();
    for number in 0..count {
        let create = RemoteProjectCreate {
            name: format!("N{number:02}"),
            status: status.into(),
        };
        added.push(RemoteProject::create(create).exec(gm).await.unwrap());
    }
    added
}

pub(super) async fn a_row_is_created_read_changed_and_deleted(peer: Peer) {
    let gm = peer.caller().await;
    let create = RemoteProjectCreate {
        name: "Gamma".into(),
        status: "whole life".into(),
    };
    let created = RemoteProject::create(create)
        .history_comment("why it is there")
        .exec(&gm)
        .await
        .unwrap();
    assert_eq!(
        (created.name.as_str(), created.status.as_str()),
        ("Gamma", "whole life")
    );
    assert_eq!(RemoteProject::get(&gm, created.id).await.unwrap(), created);

    let update = created.update().name("Delta").history_comment("a better name");
    let updated = update.exec(&gm).await.unwrap();
    assert_eq!(
        (updated.id, updated.name.as_str(), updated.status.as_str()),
        (created.id, "Delta", "whole life")
    );
    assert_eq!(RemoteProject::get(&gm, created.id).await.unwrap(), updated);

    updated
        .delete(&gm)
        .history_comment("no longer needed")
        .await
        .unwrap();
    let gone = RemoteProject::filter(|p| p.id.eq(created.id));
    assert!(!gone.exists(&gm).await.unwrap());
}

pub(super) async fn an_update_of_nothing_changes_nothing(peer: Peer) {
    let gm = peer.caller().await;
    let project = add(&gm, "unchanged", 1).await.remove(0);
    let same = project.update().status("unchanged").exec(&gm).await.unwrap();
    let empty = RemoteProject::by_id(project.id).update().exec(&gm).await.unwrap();
    assert_eq!((&same, &empty), (&project, &project));
}

pub(super) async fn all_and_stream_read_every_page(peer: Peer) {
    let gm = peer.caller().await;
    let added = add(&gm, "many", 25).await;
    let query = RemoteProject::filter(|p| p.status.eq("many"));
    // The service's page has 10 rows.
    let all = query.all(&gm).await.unwrap();
    assert_eq!(all.to_vec(), added);
    assert_eq!(all.total_count(), Some(25));
    let streamed: Vec<_> = query
        .clone()
        .page_size(4)
        .stream(&gm)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(streamed, added);
}

pub(super) async fn first_one_count_and_exists(peer: Peer) {
    let gm = peer.caller().await;
    let added = add(&gm, "few", 2).await;
    let few = RemoteProject::filter(|p| p.status.eq("few"));
    assert_eq!(few.first(&gm).await.unwrap().as_ref(), added.first());
    assert_eq!(few.count(&gm).await.unwrap(), 2);
    assert!(few.exists(&gm).await.unwrap());
    assert!(matches!(few.one(&gm).await, Err(Error::SeveralMatch { .. })));
    let second = few.filter(|p| p.name.eq("N01"));
    assert_eq!(second.one(&gm).await.unwrap(), added[1]);

    let none = RemoteProject::filter(|p| p.status.eq("nowhere"));
    assert_eq!(none.first(&gm).await.unwrap(), None);
    assert_eq!(none.count(&gm).await.unwrap(), 0);
    assert!(!none.exists(&gm).await.unwrap());
    assert!(matches!(none.one(&gm).await, Err(Error::NoMatch { .. })));
}

pub(super) async fn order_and_pages(peer: Peer) {
    let gm = peer.caller().await;
    let added = add(&gm, "ordered", 12).await;
    let ordered = RemoteProject::filter(|p| p.status.eq("ordered"));
    let backwards = ordered.clone().order_by(|p| [p.status.asc(), p.name.desc()]);
    let page = backwards.page(2).page_size(5).all(&gm).await.unwrap();
    assert_eq!(page.total_count(), Some(12));
    let expected: Vec<_> = added.iter().rev().skip(5).take(5).cloned().collect();
    assert_eq!(page.to_vec(), expected);
    // Of the size that the service chooses.
    let rest = ordered.page(2).all(&gm).await.unwrap();
    assert_eq!(rest.to_vec(), added[10..]);
}

/// Every row once, whether the service gives cursors or not. A service of the package gives none, and no read goes on for ever.
pub(super) async fn pages_by_cursors_or_without(peer: Peer) {
    let gm = peer.caller().await;
    let added = add(&gm, "by cursors", 23).await;
    let query = RemoteProject::filter(|p| p.status.eq("by cursors")).order_by(|p| p.name.desc());
    let expected: Vec<_> = added.iter().rev().cloned().collect();
    for page_size in [3, 10] {
        let query = query.clone().page_size(page_size);
        assert_eq!(query.all(&gm).await.unwrap().to_vec(), expected);
        let streamed: Vec<_> = query.stream(&gm).try_collect().await.unwrap();
        assert_eq!(streamed, expected);
        let mut page = query.clone().page(1).without_count().all(&gm).await.unwrap();
        let mut read = page.to_vec();
        while let Some(cursor) = page.next_cursor() {
            page = query.clone().after(cursor).all(&gm).await.unwrap();
            read.extend_from_slice(&page);
        }
        let size = usize::try_from(page_size).unwrap();
        assert!(read == expected || read == expected[..size]);
    }
}

/// No service here announces numbers of rows. A request for them would be answered with rows.
pub(super) async fn numbers_of_rows_are_not_requested(peer: Peer) {
    let gm = peer.caller().await;
    let error = RemoteProject::query()
        .count_by(|p| p.status, &gm)
        .await
        .unwrap_err();
    let expected = matches!(
        error,
        Error::Unsupported {
            extension: Extension::Counts,
            ..
        }
    );
    assert!(expected, "{error}");
}

pub(super) async fn lookups_and_excludes(peer: Peer) {
    let gm = peer.caller().await;
    let added = add(&gm, "looked up", 12).await;
    let names = async |query: gm_runtime::Query<RemoteProject>| -> Vec<String> {
        let rows = query.all(&gm).await.unwrap();
        rows.iter().map(|row| row.name.clone()).collect()
    };
    let looked_up = RemoteProject::filter(|p| p.status.eq("looked up"));
    let ones = looked_up.clone().filter(|p| p.name.startswith("N1"));
    assert_eq!(names(ones).await, ["N10", "N11"]);
    let case = looked_up.clone().filter(|p| p.name.iendswith("n07"));
    assert_eq!(names(case).await.len(), 1);
    let wild = looked_up.clone().filter(|p| p.name.contains("N_1"));
    assert_eq!(names(wild).await.len(), 0);
    let ids = [added[3].id, added[4].id];
    let by_id = looked_up.clone().filter(|p| p.id.is_in(ids));
    assert_eq!(names(by_id).await, ["N03", "N04"]);
    let nothing = looked_up.clone().filter(|p| p.id.is_in(Vec::<i64>::new()));
    assert_eq!(names(nothing).await.len(), 0);
    let range = looked_up.clone().filter(|p| p.id.range(added[2].id, added[4].id));
    assert_eq!(names(range).await, ["N02", "N03", "N04"]);
    // Not (a and b).
    let rest = looked_up.exclude(|p| p.name.startswith("N0") & p.id.gt(added[1].id));
    assert_eq!(names(rest).await, ["N00", "N01", "N10", "N11"]);
}

pub(super) async fn text_arrives_as_it_was_sent(peer: Peer) {
    let gm = peer.caller().await;
    for name in [
        "日本語 😀",
        "O'Brien \"quoted\" \\ back",
        "100%_done",
        " é\u{301} ",
    ] {
        let create = RemoteProjectCreate {
            name: name.into(),
            status: "text".into(),
        };
        let created = RemoteProject::create(create).exec(&gm).await.unwrap();
        let found = RemoteProject::filter(|p| p.name.eq(name) & p.status.eq("text"));
        assert_eq!(found.one(&gm).await.unwrap(), created);
        assert_eq!(created.name, name);
    }
}
