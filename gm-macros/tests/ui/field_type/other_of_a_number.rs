use gm_runtime::FieldType;

#[derive(Clone, Debug, FieldType)]
enum Status {
    Active,
    #[field_type(other)]
    Other(i64),
}

fn main() {}
