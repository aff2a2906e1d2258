use gm_runtime::FieldType;

#[derive(Clone, Debug, FieldType)]
#[field_type(rename = "state")]
enum Status {
    Active,
}

fn main() {}
