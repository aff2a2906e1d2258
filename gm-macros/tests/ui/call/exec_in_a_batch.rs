use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

fn rename(gm: &Gm) {
    let mut batch = gm.batch();
    batch.add(Project::by_id(7).update().name("Alpha").exec(gm));
}

fn main() {
    let _ = rename;
}
