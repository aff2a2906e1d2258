#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
#[permission(read = public)]
#[remote_api(base_path = "/internal/gm", resource = "projects", allow_filter, allow_detail)]
#[remote_manager(base_url = "https://projects.example.com")]
#[manager(crate = general_manager)]
pub struct Project {
    #[field(id)]
    pub id: i64,
    #[field(max_length = 200)]
    pub name: String,
}
