//! Owners whose rules make classes of subscribers.

use gm_runtime::access::Principal;
use gm_runtime::{GeneralManager, Gm, GmBuilder};

use crate::generated::serve;

/// A row that the callers of its level and of each higher level may read.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "documents")]
#[permission(
    read = level <= caller.claim("clearance"),
    create = nobody,
    update = nobody,
    delete = nobody,
)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "documents",
    allow_detail,
    websocket_invalidation
)]
pub(crate) struct Document {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) level: i64,
}

/// A row that one caller may read. The value that the rule needs finds the class of this caller.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tasks")]
#[permission(
    read = assignee == caller.name,
    create = nobody,
    update = nobody,
    delete = nobody,
)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "tasks",
    allow_detail,
    websocket_invalidation
)]
pub(crate) struct Task {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) assignee: String,
}

/// The token of a caller.
pub(crate) fn token(caller: usize) -> String {
    format!("token-{caller}")
}

fn name(caller: usize) -> String {
    format!("caller-{caller}")
}

/// Accepts the tokens of callers with the clearances from 1 to this number.
fn with_callers(builder: GmBuilder, callers: usize) -> GmBuilder {
    (1..=callers).fold(builder, |builder, caller| {
        let principal = Principal::named(name(caller)).with_claim("clearance", caller);
        builder.accept_bearer_token(token(caller), principal)
    })
}

/// Serves a document of this level to this number of callers.
pub(crate) fn serve_document(callers: usize, level: usize) {
    let builder = Gm::builder().in_memory::<Document>().expose::<Document>();
    serve(with_callers(builder, callers), async |gm| {
        let create = DocumentCreate {
            title: "Alpha".into(),
            level: level.try_into().expect("a level"),
        };
        let created = Document::create(create).exec(&gm).await;
        let document = created.expect("the row is created");
        async move |event| {
            let change = document.update().title(format!("Alpha {event}"));
            change.exec(&gm).await.expect("the row is changed");
        }
    });
}

/// Serves a task of the last of this number of callers.
pub(crate) fn serve_task(callers: usize) {
    let builder = Gm::builder().in_memory::<Task>().expose::<Task>();
    serve(with_callers(builder, callers), async |gm| {
        let create = TaskCreate {
            title: "Alpha".into(),
            assignee: name(callers),
        };
        let created = Task::create(create).exec(&gm).await;
        let task = created.expect("the row is created");
        async move |event| {
            let change = task.update().title(format!("Alpha {event}"));
            change.exec(&gm).await.expect("the row is changed");
        }
    });
}
