//! Private structs whose generated items are unused.

use gm_runtime::GeneralManager;

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "rows")]
struct Row {
    #[field(id)]
    id: String,
    name: String,
}

pub(super) fn uses() -> usize {
    let row = Row {
        id: String::new(),
        name: String::new(),
    };
    row.id.len() + row.name.len()
}

pub(super) mod inner {
    use gm_runtime::GeneralManager;

    #[derive(Clone, Debug, GeneralManager)]
    #[database(table = "rows")]
    pub(in super::super) struct Row {
        #[field(id)]
        pub(in super::super) id: i64,
    }
}
