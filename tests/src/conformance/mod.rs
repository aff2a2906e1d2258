//! The service of the recorded cases: the managers that the wire contract describes, and their seed.

mod managers;
mod running;
mod seed;

pub use managers::{
    GuardedThing, GuardedThingCreate, HiddenThing, PrivateThing, Project, ProjectCreate, ReadOnlyThing,
    WorkItem, WorkItemCreate,
};
pub use running::Running;
pub use seed::seed;

use gm_runtime::{Gm, GmBuilder, Manager as _};

/// The bearer token of the authenticated caller.
pub const TOKEN: &str = "conformance-user";

/// A builder with the managers of the cases and the authenticated caller.
pub fn builder() -> GmBuilder {
    Gm::builder()
        .expose::<Project>()
        .expose::<WorkItem>()
        .expose::<ReadOnlyThing>()
        .manager::<HiddenThing>()
        .expose::<GuardedThing>()
        .expose::<PrivateThing>()
        .accept_bearer_token(TOKEN, TOKEN)
}

/// The tables of the managers.
#[must_use]
pub fn tables() -> Vec<&'static str> {
    let managers = [
        Project::DESCRIPTION,
        WorkItem::DESCRIPTION,
        ReadOnlyThing::DESCRIPTION,
        HiddenThing::DESCRIPTION,
        GuardedThing::DESCRIPTION,
        PrivateThing::DESCRIPTION,
    ];
    managers
        .iter()
        .filter_map(|description| description.table())
        .collect()
}
