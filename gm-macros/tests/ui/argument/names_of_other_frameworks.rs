use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tasks", unique_together(title, project))]
#[permission(read = public)]
#[remote_api(resource = "tasks", allow_filter, websocket)]
struct Task {
    #[field(primary_key)]
    id: i64,
    #[field(nullable)]
    title: String,
    #[field(references = "projects")]
    project: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(url = "http://localhost:8080", resource = "tasks")]
struct RemoteTask {
    #[field(id)]
    id: i64,
}

fn main() {
    let _ = Task::filter(|t| t.title.eq("x"));
    let _ = RemoteTask::query();
}
