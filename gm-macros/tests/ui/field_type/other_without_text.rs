use gm_runtime::FieldType;

#[derive(Clone, Debug, FieldType)]
enum Status {
    Active,
    #[field_type(other)]
    Other,
}

fn main() {}
