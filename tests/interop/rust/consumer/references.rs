//! References between the rows of an owner that knows none.

use gm_runtime::Gm;

use super::Peer;
use super::errors::refused;
use super::managers::{
    RemoteProject, RemoteProjectCreate, RemoteTask, RemoteTaskCreate, RemoteTaskElsewhere,
};

/// Two projects of this status, and the ids of a task of each of them.
async fn add(gm: &Gm, status: &str) -> [i64; 2] {
    let mut ids = [0; 2];
    for (id, name) in ids.iter_mut().zip(["Alpha", "Beta"]) {
        let project = RemoteProjectCreate {
            name: name.into(),
            status: status.into(),
        };
        let project = RemoteProject::create(project).exec(gm).await.unwrap();
        let task = RemoteTaskCreate {
            title: format!("of {name}"),
            project_id: project.id,
        };
        *id = RemoteTask::create(task).exec(gm).await.unwrap().id;
    }
    ids
}

/// Related rows are read by their ids, which each owner knows.
pub(super) async fn related_rows_are_read_by_their_ids(peer: Peer) {
    let gm = peer.caller().await;
    let ids = add(&gm, "related").await;
    let tasks = RemoteTask::filter(|t| t.id.is_in(ids)).all(&gm).await.unwrap();
    let projects = tasks.related(|t| t.project, &gm).await.unwrap();
    for task in &tasks {
        let name = &projects.get(&task.project_id).unwrap().name;
        assert_eq!(task.title, format!("of {name}"));
        assert_eq!(&task.project(&gm).await.unwrap().name, name);
    }
}

/// An owner that knows no references refuses a lookup through one. It does not leave it out, which would answer every row.
pub(super) async fn an_owner_without_references_refuses_lookups_through_them(peer: Peer) {
    let gm = peer.caller().await;
    add(&gm, "looked through").await;
    let refused_as_unknown = async |query: gm_runtime::Query<RemoteTask>| {
        refused(query.all(&gm).await, 400, Some("invalid_request"));
    };
    refused_as_unknown(RemoteTask::filter(|t| t.project.name.eq("Alpha"))).await;
    refused_as_unknown(RemoteTask::exclude(|t| t.project.name.icontains("a"))).await;
}

/// For rows of another owner the ids are read first, so that it needs to know no references.
pub(super) async fn ids_of_another_owner_are_read_first(peer: Peer) {
    let builder = peer
        .builder()
        .base_url("http://other-owner.test", peer.url.clone());
    let gm = builder.bearer_token(super::token()).manual_invalidation();
    let gm = gm.build().await.unwrap();
    let [alpha, beta] = add(&gm, "elsewhere").await;
    let found = async |query: gm_runtime::Query<RemoteTaskElsewhere>| -> Vec<i64> {
        let rows = query.all(&gm).await.unwrap();
        rows.iter().map(|row| row.id).collect()
    };
    let tasks = RemoteTaskElsewhere::filter(|t| t.id.is_in([alpha, beta]));
    let of_alpha = tasks
        .clone()
        .filter(|t| t.project.status.eq("elsewhere") & t.project.name.startswith("Al"));
    assert_eq!(found(of_alpha).await, [alpha]);
    let others = tasks.exclude(|t| t.project.status.eq("elsewhere") & t.project.name.startswith("Al"));
    assert_eq!(found(others).await, [beta]);
}
