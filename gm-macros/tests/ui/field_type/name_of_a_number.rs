use gm_runtime::FieldType;

#[derive(Clone, Debug, FieldType)]
enum Status {
    #[field_type(rename = 1)]
    Active,
}

fn main() {}
