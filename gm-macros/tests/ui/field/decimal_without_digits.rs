use gm_runtime::GeneralManager;
use rust_decimal::Decimal;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    amount: Decimal,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
