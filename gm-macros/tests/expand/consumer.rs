#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "https://labels.example.com",
    resource = "labels",
    protocol_version = "v1",
    websocket_invalidation,
    operations(filter, detail, create)
)]
pub(crate) struct Label {
    #[field(id)]
    pub(crate) id: Uuid,
    #[field(default)]
    pub(crate) colour: String,
    pub(crate) r#type: Option<i64>,
}
