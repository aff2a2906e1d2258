use gm_runtime::FieldType;

#[derive(Clone, Debug, FieldType)]
enum Status {
    #[field_type(renam = "on")]
    Active,
    #[field_type(others)]
    Other(String),
}

fn main() {}
