//! The memory of a body is a few times its length, with any content.

use gm_tests::memory::peak;
use gm_tests::raw::Request;

use crate::{QUERY, assert_alive, serve};

/// A list that fills a body of 1 MiB.
fn many(member: &str) -> String {
    let members = vec![member; (1 << 20) / (member.len() + 1) - 100].join(",");
    format!("[{members}]")
}

/// Keys that fill a body of 1 MiB.
fn keys(value: &str) -> String {
    let members: Vec<_> = (0..(1 << 20) / (value.len() + 12))
        .map(|key| format!("\"{key:07}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

#[tokio::test]
async fn a_body_takes_a_few_times_its_length() {
    let service = serve().await;
    let mut values: Vec<_> = ["{\"\":0}", "1e400", "[[[]]]"].into_iter().map(many).collect();
    values.push(keys("0"));
    let before = peak();
    for value in &values {
        for (method, path, body, allowed) in [
            ("POST", QUERY, format!(r#"{{"zzz":{value}}}"#), true),
            ("POST", QUERY, value.clone(), value.starts_with('{')),
            ("POST", QUERY, format!(r#"{{"filters":{value}}}"#), false),
            (
                "POST",
                QUERY,
                format!(r#"{{"filters":{{"name":{value}}}}}"#),
                false,
            ),
            (
                "POST",
                QUERY,
                format!(r#"{{"filters":{{"name__in":{value}}}}}"#),
                false,
            ),
            ("POST", QUERY, format!(r#"{{"ordering":{value}}}"#), false),
            ("POST", QUERY, format!(r#"{{"page":{value}}}"#), false),
            (
                "POST",
                "/internal/gm/projects",
                format!(r#"{{"name":{value}}}"#),
                false,
            ),
            (
                "POST",
                "/internal/gm/projects",
                format!(r#"{{"zzz":{value}}}"#),
                false,
            ),
            ("POST", "/internal/gm/projects", value.clone(), false),
            (
                "PATCH",
                "/internal/gm/projects/1",
                format!(r#"{{"__metadata__":{value}}}"#),
                false,
            ),
            (
                "DELETE",
                "/internal/gm/projects/999",
                format!(r#"{{"__metadata__":{{"history_comment":{value}}}}}"#),
                false,
            ),
            (
                "DELETE",
                "/internal/gm/projects/999",
                format!(r#"{{"zzz":{value}}}"#),
                false,
            ),
        ] {
            let answer = Request::new(method, path).json(&body).send(service.address).await;
            let status = answer.unwrap().status;
            if allowed {
                assert_eq!(status, 200, "{method} {}", &body[..40]);
            } else {
                assert!((400..500).contains(&status), "{method} {}: {status}", &body[..40]);
            }
        }
    }
    if let (Some(before), Some(after)) = (before, peak()) {
        // This process also sends the bodies. A `serde_json::Value` of the first one took 95 MiB.
        let grown = after - before;
        assert!(grown < 40 * 1024, "{grown} KiB");
    }
    assert_alive(service).await;
}
