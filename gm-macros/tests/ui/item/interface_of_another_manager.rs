use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use gm_runtime::{Error, GeneralManager};

#[derive(Default)]
struct Tasks;

impl Interface<Task> for Tasks {
    async fn query(&self, select: &Select) -> Result<Page<Task>, Error> {
        Ok(select.page_of(&[]))
    }

    async fn get(&self, _: &i64) -> Result<Option<Task>, Error> {
        Ok(None)
    }

    async fn create(&self, values: &Values) -> Result<Task, Error> {
        values.to_row_with_id(1)
    }

    async fn update(&self, _: &i64, _: &Values) -> Result<Option<Updated<Task>>, Error> {
        Ok(None)
    }

    async fn delete(&self, _: &i64) -> Result<bool, Error> {
        Ok(false)
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Tasks)]
struct Task {
    #[field(id)]
    id: i64,
}

#[derive(Clone, Debug, GeneralManager)]
#[manager(interface = Tasks)]
struct Project {
    #[field(id)]
    id: i64,
}

fn main() {}
