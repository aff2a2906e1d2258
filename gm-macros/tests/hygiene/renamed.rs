//! A renamed gm-runtime.

mod framework {
    pub(super) mod inside {
        pub(in super::super) use gm_runtime::*;
    }
}

#[derive(Clone, Debug, framework::inside::FieldType)]
#[field_type(crate = framework::inside)]
enum Status {
    Active,
}

/// A consumer's manager.
#[derive(Clone, Debug, framework::inside::GeneralManager)]
#[remote_manager(base_url = "http://localhost:8080", resource = "rows", websocket_invalidation)]
#[manager(crate = framework::inside)]
pub struct Row {
    /// The id.
    #[field(id)]
    pub id: i64,
    status: Option<Status>,
}

/// Uses the generated items.
pub fn uses() -> gm_runtime::Query<Row> {
    Row::filter(|row| row.status.eq(Status::Active))
}
