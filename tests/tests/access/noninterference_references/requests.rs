//! Random requests of Tim, valid or not.

use gm_tests::random::Random;
use gm_tests::raw::Request;
use serde_json::{Value as Json, json};

use super::{pick, with_caller};
use crate::service::{Headers, TIM};

/// `has_second`: whether the service has the second struct of the deals.
pub(super) fn request(random: &mut Random, number: usize, has_second: bool, has_batches: bool) -> Request {
    let resources: &[&str] = if has_second {
        &["firms", "deals", "deals", "second-deals"]
    } else {
        &["firms", "deals"]
    };
    let resource = pick(random, resources);
    let id = id_of(random, resource);
    let caller: Headers = match random.below(8) {
        0 => &[("x-user", "tim"), ("x-tenant", "9")],
        _ => TIM,
    };
    let request = match random.below(10) {
        0..3 => Request::new("POST", &format!("/gm/{resource}/query")).json(&query(random, resource)),
        3 => Request::new("GET", &format!("/gm/{resource}/{id}")),
        4 | 5 => Request::new("PATCH", &format!("/gm/{resource}/{id}")).json(&values(random, resource, None)),
        6 => {
            let new = format!("n{number}");
            Request::new("POST", &format!("/gm/{resource}")).json(&values(random, resource, Some(&new)))
        }
        7 if random.one_in(3) => Request::new("DELETE", &format!("/gm/{resource}/{id}")),
        8 if has_batches => Request::new("POST", "/gm/_batch").json(&batch(random, number)),
        _ => Request::new(
            "GET",
            &format!(
                "/gm/_schema{}",
                pick(random, &["", "?resource=deals", "?resource=firms"])
            ),
        ),
    };
    let request = match random.below(12) {
        0 => request.header("Idempotency-Key", pick(random, &["k1", "k2", "k3"])),
        1 | 2 => request.header("Idempotency-Key", &format!("key {number}")),
        _ => request,
    };
    let request = match random.below(8) {
        0 => request.header(
            "If-Match",
            pick(random, &["*", "\"1\"", "\"2\"", "\"-9223372036854775808\""]),
        ),
        _ => request,
    };
    with_caller(request, caller)
}

fn id_of(random: &mut Random, resource: &str) -> &'static str {
    match resource {
        "firms" => pick(
            random,
            &["f1", "f2", "f3", "f3", "g1", "h1", "h5", "zz", "n3", "n9"],
        ),
        _ => pick(
            random,
            &["d1", "d1", "d2", "d3", "d3", "d4", "g2", "e1", "zz", "n3", "n17"],
        ),
    }
}

fn values(random: &mut Random, resource: &str, new: Option<&str>) -> String {
    let mut values = serde_json::Map::new();
    let mut set = |name: &str, value: Json| drop(values.insert(name.to_owned(), value));
    if let Some(id) = new {
        set("id", json!(id));
        set("tenant", json!(1 + random.below(2)));
        match resource {
            "firms" => set("name", json!(pick(random, &["a", "b"]))),
            _ => {
                set("title", json!(pick(random, &["deal", "fixed", "blocked"])));
                set("firm_id", json!(firm(random)));
            }
        }
    }
    for _ in 0..=random.below(2) {
        match (resource, random.below(6)) {
            ("firms", 0) => set("name", json!(pick(random, &["a", "b", "secret"]))),
            ("firms", 1) => set("secret", json!(random.below(3))),
            ("firms", 2) => set("tenant", json!(1 + random.below(2))),
            ("firms", _) => set("parent_id", json!(firm(random))),
            (_, 0) => set(
                "title",
                json!(pick(random, &["deal", "other", "fixed", "blocked"])),
            ),
            (_, 1 | 2) => set("firm_id", json!(firm(random))),
            (_, 3) => set(
                "second_id",
                if random.one_in(3) {
                    Json::Null
                } else {
                    json!(firm(random))
                },
            ),
            (_, 4) => set("tenant", json!(1 + random.below(2))),
            _ => set("second_id", json!(pick(random, &["f2", "f1", "g1"]))),
        }
    }
    Json::Object(values).to_string()
}

fn firm(random: &mut Random) -> &'static str {
    pick(
        random,
        &["f1", "f1", "f1", "f3", "f3", "f2", "g1", "h3", "zz", "", "F1"],
    )
}

fn batch(random: &mut Random, number: usize) -> String {
    let operations = (0..=random.below(3)).map(|place| {
        let resource = pick(random, &["firms", "deals"]);
        let id = id_of(random, resource);
        match random.below(4) {
            0 | 1 => {
                let new = format!("b{number}.{place}");
                let mut values: Json = serde_json::from_str(&values(random, resource, Some(&new))).unwrap();
                if random.one_in(2) {
                    let field = pick(random, &["id", "firm_id", "parent_id", "second_id", "secret"]);
                    let to = if resource == "firms" {
                        "parent_id"
                    } else {
                        "firm_id"
                    };
                    values[to] = json!({"$result": random.below(2), "field": field});
                }
                json!({"resource": resource, "operation": "create", "values": values})
            }
            2 => {
                let values: Json = serde_json::from_str(&values(random, resource, None)).unwrap();
                json!({"resource": resource, "operation": "update", "id": id, "values": values})
            }
            _ => json!({"resource": resource, "operation": "delete", "id": id}),
        }
    });
    json!({"operations": operations.collect::<Vec<_>>()}).to_string()
}

fn query(random: &mut Random, resource: &str) -> String {
    let mut body = serde_json::Map::new();
    let fields: &[&str] = match resource {
        "firms" => &["tenant", "name", "parent_id", "secret"],
        _ => &["tenant", "title", "firm_id", "second_id"],
    };
    for part in ["filters", "excludes"] {
        if random.one_in(2) {
            let lookups = (0..=random.below(2)).map(|_| lookup(random, resource));
            body.insert(part.to_owned(), lookups.collect());
        }
    }
    if random.one_in(3) {
        body.insert("count_by".to_owned(), json!(pick(random, fields)));
    } else if random.one_in(2) {
        body.insert("ordering".to_owned(), json!(pick(random, fields)));
        body.insert("page_size".to_owned(), json!(1 + random.below(3)));
    }
    Json::Object(body).to_string()
}

fn lookup(random: &mut Random, resource: &str) -> (String, Json) {
    let path = match resource {
        "firms" => pick(random, &["", "parent__", "parent__", "parent__parent__"]),
        _ => pick(
            random,
            &[
                "",
                "firm__",
                "firm__",
                "second__",
                "second__parent__",
                "firm__parent__",
            ],
        ),
    };
    let fields: &[&str] = match (resource, path) {
        ("firms", _) => &["name", "name", "id", "parent_id", "tenant", "secret"],
        (_, "") => &["title", "firm_id", "second_id", "id", "tenant", "version"],
        _ => &["name", "name", "id", "parent_id", "tenant", "secret", "title"],
    };
    let field = pick(random, fields);
    let operator = pick(
        random,
        &[
            "",
            "",
            "__in",
            "__isnull",
            "__gt",
            "__icontains",
            "__regex",
            "__iregex",
            "__range",
            "__startswith",
        ],
    );
    let is_number = ["tenant", "secret", "version"].contains(&field) && !random.one_in(9);
    let text = json!(pick(
        random,
        &["a", "secret", "f2", "f1", "b", "^(a|s)", "", "\u{0}", "("]
    ));
    let value = match (operator, is_number) {
        ("__in", true) => json!([1, 3]),
        ("__in", false) => json!(["a", "f1", "f2", text]),
        ("__isnull", _) => json!(random.one_in(2)),
        ("__range", true) => json!([0, random.below(4)]),
        ("__range", false) => json!(["a", text]),
        (_, true) => json!(random.below(4)),
        ("", false) if random.one_in(4) => Json::Null,
        (_, false) => text,
    };
    (format!("{path}{field}{operator}"), value)
}
