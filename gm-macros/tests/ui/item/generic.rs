use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project<T> {
    #[field(id)]
    id: i64,
    value: T,
}

fn main() {}
