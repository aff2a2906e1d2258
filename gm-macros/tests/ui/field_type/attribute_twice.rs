use gm_runtime::FieldType;

#[derive(Clone, Debug, FieldType)]
enum Status {
    Active,
    #[field_type(other)]
    #[field_type(rename = "unknown")]
    Other(String),
}

fn main() {}
