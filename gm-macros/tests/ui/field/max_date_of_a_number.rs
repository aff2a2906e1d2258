use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(max = "2024-02-28", max_digits = 5, decimal_places = 2)]
    other: rust_decimal::Decimal,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
