#[derive(Clone, Debug, GeneralManager)]
#[database(table = "documents")]
pub struct Document {
    #[field(id)]
    pub id: i64,
    pub text: String,
    #[field(version)]
    pub version: i64,
    #[field(created)]
    pub created: DateTime,
    #[field(updated, index)]
    pub updated: DateTime,
}
