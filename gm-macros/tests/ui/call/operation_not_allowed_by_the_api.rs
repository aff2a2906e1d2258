use gm_runtime::{GeneralManager, Gm};

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public)]
#[remote_api(resource = "projects", allow_filter)]
#[remote_manager(base_url = "https://projects.example.com")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
}

async fn call(gm: &Gm, own: &Project, remote: &RemoteProject) -> Result<(), gm_runtime::Error> {
    own.delete(gm).await?;
    remote.delete(gm).await?;
    Ok(())
}

fn main() {
    let _ = call;
}
