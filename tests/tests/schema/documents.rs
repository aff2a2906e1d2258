//! The documents: read as they were written, within limits, and what they do not know is ignored.

use gm_runtime::schema::{Schema, SchemaType};
use serde_json::{Value as Json, json};

use crate::desk::Desk;

fn schema_of(resource: Json) -> Json {
    let mut whole =
        json!({"resource": "projects", "id": "id", "fields": [{"name": "id", "type": "integer"}]});
    let members = whole.as_object_mut().unwrap();
    members.extend(resource.as_object().unwrap().clone());
    json!({ "resources": [whole] })
}

fn read(schema: &Json) -> Result<Schema, String> {
    Schema::from_json(schema.to_string().as_bytes()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_schema_is_read_as_it_was_written() {
    let desk = Desk::start().await;
    let schema = desk.gm().schema();
    assert_eq!(Schema::from_json(schema.to_json().as_bytes()).unwrap(), schema);
    assert!(schema.to_json().ends_with("}\n"));
    // The whole of it is public, so a change of it is a change of what consumers read.
    assert_eq!(
        schema.to_json(),
        include_str!("desk.json"),
        "{}",
        schema.to_json()
    );
    desk.stop().await;
}

#[test]
fn what_is_not_known_is_ignored() {
    let later = schema_of(json!({
        "base_path": "/gm", "later": {"a": [1]}, "operations": ["filter", "publish"], "features": ["later"],
        "fields": [{
            "name": "id", "type": "money", "kept": "somewhere", "later": null, "lookups": ["exact", "near"],
            "values": null, "max_length": null
        }],
    }));
    let schema = read(&later).unwrap();
    let resource = &schema.resources[0];
    assert_eq!(resource.operations.len(), 1);
    assert_eq!(resource.features, ["later"]);
    let id = resource.field("id").unwrap();
    assert_eq!(id.value_type, SchemaType::Other("money".to_owned()));
    assert_eq!(id.value_type.word(), "money");
    assert_eq!((id.kept, id.lookups.len(), &id.values), (None, 1, &None));
}

#[test]
fn a_schema_that_is_none_is_refused_in_words() {
    for (text, error) in [
        (
            "",
            "this is no schema: EOF while parsing a value at line 1 column 0",
        ),
        (
            "[]",
            "this is no schema: invalid length 0, expected struct Schema with 1 element at line 1 column 2",
        ),
        (
            "{}",
            "this is no schema: missing field `resources` at line 1 column 2",
        ),
        (
            r#"{"resources": 1}"#,
            "this is no schema: invalid type: integer `1`, expected a list of at most 1000 members at line 1 column 15",
        ),
    ] {
        assert_eq!(Schema::from_json(text.as_bytes()).unwrap_err().to_string(), error);
    }
    assert!(Schema::from_json(b"\xff{}").is_err());
    let deep = format!(r#"{{"later": {}}}"#, "[".repeat(100_000));
    assert!(Schema::from_json(deep.as_bytes()).is_err());
}

#[test]
fn names_that_tools_could_not_print_are_refused() {
    let field = |name: &str| json!({"id": "", "fields": [{"name": name, "type": "text"}]});
    for (resource, error) in [
        (
            json!({"resource": "<script>"}),
            r#""<script>" is no name of a resource"#,
        ),
        (json!({"resource": ""}), r#""" is no name of a resource"#),
        (json!({"resource": "a/b"}), r#""a/b" is no name of a resource"#),
        (
            json!({"resource": "a".repeat(256)}),
            "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"… is no name of a resource",
        ),
        (json!({"base_path": "gm"}), r#""gm" is no base path"#),
        (json!({"base_path": "/gm?"}), r#""/gm?" is no base path"#),
        (json!({"manager": "A B"}), r#""A B" is no name of a struct"#),
        (field("a b"), r#""a b" is no name of a field"#),
        (field("1a"), r#""1a" is no name of a field"#),
        (field("\u{202e}txt"), r#""\u{202e}txt" is no name of a field"#),
        (
            json!({"id": "key"}),
            r#""key" is no field of the resource, and it names the id"#,
        ),
        (
            json!({"fields": [{"name": "id", "type": "text"}, {"name": "id", "type": "text"}]}),
            "the field `id` of `projects` is listed twice",
        ),
        (
            json!({"fields": [{"name": "id", "type": "text", "references": {"name": "a-b", "resource": "c"}}]}),
            r#""a-b" is no name of a field"#,
        ),
        (
            json!({"fields": [{"name": "id", "type": "text", "references": {"name": "a", "resource": "/"}}]}),
            r#""/" is no name of a resource"#,
        ),
    ] {
        let refused = read(&schema_of(resource)).unwrap_err();
        assert_eq!(refused, format!("this is no schema: {error}"));
    }
    let twice = schema_of(json!({}))["resources"][0].clone();
    let twice = json!({"resources": [twice, twice]});
    assert_eq!(
        read(&twice).unwrap_err(),
        "this is no schema: the resource /projects is listed twice"
    );
}

#[test]
fn a_schema_is_read_within_limits() {
    let many = |count: usize| -> Vec<Json> {
        let field = |place| json!({"name": format!("f{place}"), "type": "text"});
        (0..count).map(field).collect()
    };
    let words = |count: usize| vec!["w"; count];
    let resource = |place: usize| json!({"resource": format!("r{place}"), "fields": []});
    let resources = |count: usize| json!({"resources": (0..count).map(resource).collect::<Vec<_>>()});
    assert_eq!(read(&resources(1000)).unwrap().resources.len(), 1000);
    assert!(read(&schema_of(json!({"id": "", "fields": many(1000)}))).is_ok());
    assert!(read(&schema_of(json!({"features": words(1000)}))).is_ok());
    for too_much in [
        resources(10_000),
        resources(1001),
        schema_of(json!({"id": "", "fields": many(1001)})),
        schema_of(json!({"features": words(1001)})),
        schema_of(json!({"operations": words(1001)})),
        schema_of(json!({"fields": [{"name": "id", "type": "text", "values": words(1001)}]})),
        schema_of(json!({"fields": [{"name": "id", "type": "text", "lookups": words(1001)}]})),
    ] {
        let error = read(&too_much).unwrap_err();
        assert!(
            error.contains("expected a list of at most 1000 members"),
            "{error}"
        );
    }
    let long = schema_of(json!({"later": "x".repeat(4 << 20)})).to_string();
    let error = Schema::from_json(long.as_bytes()).unwrap_err().to_string();
    assert!(
        error.starts_with("a schema has at most 4194304 bytes, and this one has "),
        "{error}"
    );
}
