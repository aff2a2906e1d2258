use gm_runtime::GeneralManager;
use gm_runtime::field::{FieldType, Value, ValueError, ValueType};

#[derive(Clone, Debug)]
struct Kind;

impl FieldType for Kind {
    const VALUE_TYPE: ValueType = ValueType::Bool;

    fn into_value(self) -> Value {
        Value::Bool(true)
    }

    fn to_value(&self) -> Value {
        Value::Bool(true)
    }

    fn from_value(_: Value) -> Result<Self, ValueError> {
        Ok(Kind)
    }
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "projects")]
struct Project {
    #[field(id)]
    id: i64,
    name: String,
    #[field(default)]
    kind: Kind,
}

fn main() {
    let _ = Project::filter(|p| p.name.eq("x"));
}
