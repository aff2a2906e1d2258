use gm_runtime::GeneralManager;

type Text = Option<String>;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    note: Text,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
