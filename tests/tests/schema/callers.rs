//! Ten callers see exactly what each may.

use gm_runtime::schema::{FieldSchema, ResourceSchema, Schema};

use crate::desk::{CALLERS, Desk};

/// A field as a line: `title rcu!` can be read, given in a create and changed, and a create needs it.
fn field(field: &FieldSchema) -> String {
    let marks = [
        (!field.write_only, "r"),
        (field.creatable, "c"),
        (field.updatable, "u"),
        (field.required, "!"),
        (!field.lookups.is_empty(), "f"),
        (field.orderable, "o"),
    ];
    let marks: String = marks
        .iter()
        .filter(|(has, _)| *has)
        .map(|(_, mark)| *mark)
        .collect();
    let reference = field.references.as_ref();
    let reference = reference.map(|reference| format!(" -> {} in {}", reference.name, reference.resource));
    format!("  {} {marks}{}\n", field.name, reference.unwrap_or_default())
}

fn resource(resource: &ResourceSchema) -> String {
    let operations: Vec<_> = resource
        .operations
        .iter()
        .map(|operation| operation.name())
        .collect();
    let websocket = if resource.websocket { " ws" } else { "" };
    let fields: String = resource.fields.iter().map(field).collect();
    format!(
        "{}: {}{websocket}\n{fields}",
        resource.resource,
        operations.join(" ")
    )
}

fn text(schema: &Schema) -> String {
    schema.resources.iter().map(resource).collect()
}

const CUSTOMERS: &str = "customers: filter detail
  id rfo
  name rfo
";

const LETTERS: &str = "letters: create
  text c!
";

const ENTRIES: &str = "entries: filter detail
  id rfo
  text rfo
";

const OF_TENANT: &str = "tickets: filter detail create update delete ws
  id rfo
  tenant rcu!fo
  title rcu!fo
  assignee rcufo
  state rcufo
  note cu
  customer_id rcufo
  created_by rfo
  votes rfo
  due rcuo
  version rfo
  label r
";

const OF_AGENT: &str = "tickets: filter detail update ws
  id rfo
  tenant rufo
  title rufo
  assignee rufo
  state rufo
  note ruf
  customer_id rufo
  created_by rfo
  votes rfo
  due ruo
  version rfo
  label r
";

const OF_ADMINISTRATOR: &str = "tickets: filter detail create update ws
  id rfo
  tenant rcu!fo
  title rcu!fo
  assignee rcufo
  state rcufo
  price rcufo
  note rcuf
  customer_id rcufo -> customer in customers
  created_by rfo
  votes rfo
  due rcuo
  version rfo
  is_open r
  label r
";

#[tokio::test]
async fn each_of_ten_callers_sees_what_it_may() {
    let desk = Desk::start().await;
    let of_sales = OF_TENANT.replace(
        "  customer_id rcufo\n",
        "  customer_id rcufo -> customer in customers\n",
    );
    for (name, caller) in CALLERS {
        let expected = match name {
            "of tenant 1" | "of tenant 2" => format!("{LETTERS}{OF_TENANT}"),
            "sales of tenant 9" => format!("{CUSTOMERS}{LETTERS}{of_sales}"),
            "an agent" => format!("{LETTERS}{OF_AGENT}"),
            "an administrator" => format!("{CUSTOMERS}{LETTERS}{OF_ADMINISTRATOR}"),
            "an auditor" => format!("{ENTRIES}{LETTERS}"),
            "sales" => format!("{CUSTOMERS}{LETTERS}"),
            _ => LETTERS.to_owned(),
        };
        // Twice, since the second answer is a kept one.
        for _ in 0..2 {
            assert_eq!(text(&desk.schema(caller).await), expected, "{name}");
        }
    }
    desk.stop().await;
}

#[tokio::test]
async fn a_text_that_a_caller_may_not_see_is_nowhere_in_its_answer() {
    let desk = Desk::start().await;
    for (name, caller) in CALLERS {
        let body = desk.get(caller, "/gm/_schema").await.body;
        let body = String::from_utf8(body).unwrap();
        let is_administrator = name == "an administrator";
        assert_eq!(body.contains("price"), is_administrator, "{name}: {body}");
        assert_eq!(body.contains("is_open"), is_administrator, "{name}: {body}");
        assert_eq!(body.contains("entries"), name == "an auditor", "{name}: {body}");
        assert_eq!(
            body.contains("customers"),
            is_administrator || name.starts_with("sales"),
            "{name}"
        );
        assert!(!body.contains("news"), "{name}: {body}");
    }
    desk.stop().await;
}

#[tokio::test]
async fn the_services_own_code_sees_everything() {
    let desk = Desk::start().await;
    let schema = desk.gm().schema();
    let resources: Vec<_> = schema.resources.iter().map(ResourceSchema::path).collect();
    let of_desk = |resource| ("/gm", resource);
    let expected = [
        of_desk("customers"),
        of_desk("entries"),
        of_desk("letters"),
        of_desk("tickets"),
        ("/other", "news"),
    ];
    assert_eq!(resources, expected);
    let tickets = &schema.resources[3];
    let names: Vec<_> = tickets
        .operations
        .iter()
        .map(|operation| operation.name())
        .collect();
    assert_eq!(names, ["filter", "detail", "create", "update", "delete"]);
    assert_eq!(tickets.fields.len(), 14);
    assert_eq!(
        tickets
            .field("customer_id")
            .unwrap()
            .references
            .as_ref()
            .unwrap()
            .resource,
        "customers"
    );
    desk.stop().await;
}
