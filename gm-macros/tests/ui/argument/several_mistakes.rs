use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public)]
#[remote_api(resorce = "projects", allow_filter = 1, base_path = "gm")]
struct Project {
    #[field(id)]
    id: i64,
    #[field(max_length = "200")]
    name: String,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
