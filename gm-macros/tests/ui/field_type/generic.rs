use gm_runtime::FieldType;

#[derive(Clone, Debug, FieldType)]
enum Status<T> {
    Active,
    #[field_type(other)]
    Other(T),
}

fn main() {
    let _ = Status::Other(1);
}
