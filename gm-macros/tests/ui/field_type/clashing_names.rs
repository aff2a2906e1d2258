use gm_runtime::FieldType;

#[derive(Clone, Debug, FieldType)]
enum Status {
    InProgress,
    #[field_type(rename = "in_progress")]
    Started,
}

fn main() {}
