use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(max_digits = 10, decimal_places = 2)]
    count: i64,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
