use gm_runtime::interface::Interface;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager};

struct Projects;

impl Interface<Project> for Projects {
    async fn query(&self, select: &Select) -> Result<Page<Project>, Error> {
        Ok(select.page_of(&[]))
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Projects)]
struct Project {
    #[field(id)]
    id: i64,
}

fn main() {}
