//! The page that shows the OpenAPI document: it loads nothing from other hosts.

use gm_runtime::{Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::raw::{Request, Response};

use crate::seeded::Seeded;

fn serve_docs(builder: GmBuilder) -> GmBuilder {
    builder.serve_openapi("The recorded cases", "1.0.0").serve_docs()
}

async fn get(service: &Running, path: &str) -> Response {
    Request::new("GET", path).send(service.address).await.unwrap()
}

/// The addresses in the attributes of a page.
fn addresses(page: &str) -> Vec<&str> {
    let after = |name: &'static str| page.split(name).skip(1).filter_map(|rest| rest.split('"').next());
    after(" src=\"").chain(after(" href=\"")).collect()
}

#[tokio::test]
async fn the_page_loads_nothing_from_other_hosts() {
    let seeded = Seeded::sqlite(serve_docs).await;
    let page = get(&seeded.running, "/internal/gm/_docs").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = page.header("content-security-policy").unwrap();
    let sources: Vec<_> = policy
        .split("; ")
        .flat_map(|rule| rule.split(' ').skip(1))
        .collect();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'; "),
        "{policy}"
    );
    assert!(
        sources
            .iter()
            .all(|source| ["'none'", "'self'", "data:"].contains(source)),
        "{policy}"
    );
    let text = String::from_utf8(page.body).unwrap();
    // A script or a style in the page itself is refused by the policy.
    assert_eq!(
        text.matches("<script").count(),
        text.matches("<script src=\"").count()
    );
    assert!(!text.contains("<style") && !text.contains(" style="), "{text}");
    let addresses = addresses(&text);
    assert_eq!(addresses.len(), 5, "{addresses:?}");
    for address in addresses {
        assert!(!address.contains(':') && !address.starts_with('/'), "{address}");
        let file = get(&seeded.running, &format!("/internal/gm/{address}")).await;
        assert_eq!(file.status, 200, "{address}");
        if !address.starts_with("_docs/") {
            continue;
        }
        assert_eq!(
            file.header("x-content-type-options"),
            Some("nosniff"),
            "{address}"
        );
        assert_eq!(
            file.header("cache-control"),
            Some("public, max-age=3600"),
            "{address}"
        );
        let tag = file.header("etag").unwrap();
        let request = Request::new("GET", &format!("/internal/gm/{address}")).header("If-None-Match", tag);
        let known = request.send(seeded.running.address).await.unwrap();
        assert_eq!((known.status, known.body.len()), (304, 0), "{address}");
        // gzip (RFC 1952) begins so, and a picture and our own script are not compressed.
        let is_gzip = file.body.starts_with(&[0x1f, 0x8b, 8]);
        assert_eq!(
            is_gzip,
            file.header("content-encoding") == Some("gzip"),
            "{address}"
        );
        assert_eq!(is_gzip, address.contains("swagger-ui"), "{address}");
    }
    let script = get(&seeded.running, "/internal/gm/_docs/page.js").await;
    let script = String::from_utf8(script.body).unwrap();
    assert!(
        script.contains("validatorUrl: null") && !script.contains("http://") && !script.contains("https://")
    );
    for path in [
        "_docs/",
        "_docs/other.js",
        "_docs/page.js/x",
        "_docs/..%2fpage.js",
    ] {
        assert_eq!(
            get(&seeded.running, &format!("/internal/gm/{path}")).await.status,
            404,
            "{path}"
        );
    }
    let posted = Request::new("POST", "/internal/gm/_docs")
        .send(seeded.running.address)
        .await
        .unwrap();
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET")));
    seeded.stop().await;
}

#[tokio::test]
async fn the_page_is_served_only_if_it_is_turned_on() {
    let seeded = Seeded::sqlite(|builder| builder.serve_openapi("The recorded cases", "1.0.0")).await;
    assert_eq!(get(&seeded.running, "/internal/gm/_docs").await.status, 404);
    seeded.stop().await;
    let refused = Gm::builder()
        .serve_docs()
        .build()
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(refused.contains("serve_openapi"), "{refused}");
}
