//! The target for bodies of queries and writes, as the owner reads them.

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::test::TestRequest;

use crate::conformance::TOKEN;
use crate::recorded;

/// The routes for a body. The first byte of an input chooses one.
const ROUTES: [(Method, &str); 6] = [
    (Method::POST, "/internal/gm/work-items/query"),
    (Method::POST, "/internal/gm/work-items"),
    (Method::PATCH, "/internal/gm/work-items/1"),
    (Method::DELETE, "/internal/gm/work-items/2"),
    (Method::POST, "/internal/gm/projects/query"),
    (Method::POST, "/internal/gm/guarded-things"),
];

/// Sends an input as a body. Its first byte chooses the route.
pub fn target() -> impl FnMut(&[u8]) {
    let mut send = super::requests::served();
    move |input| {
        let Some((first, body)) = input.split_first() else {
            return;
        };
        let (method, path) = &ROUTES[usize::from(*first) % ROUTES.len()];
        let request = TestRequest::default()
            .method(method.clone())
            .uri(path)
            .insert_header((CONTENT_TYPE, "application/json"))
            .insert_header((AUTHORIZATION, format!("Bearer {TOKEN}")))
            .set_payload(body.to_vec());
        send(request);
    }
}

/// The bodies of the recorded requests, each on the first route of its method.
pub fn corpus() -> Vec<Vec<u8>> {
    let mut corpus = Vec::new();
    for request in recorded::requests().unwrap() {
        let kind = |route: &(Method, &str)| {
            route.0.as_str() == request.method
                && route.1.ends_with("/query") == request.path.ends_with("/query")
        };
        if let (Some(route), Some(body)) = (ROUTES.iter().position(kind), request.body) {
            let mut input = vec![u8::try_from(route).unwrap()];
            input.extend(body);
            corpus.push(input);
        }
    }
    assert!(corpus.len() > 200, "{}", corpus.len());
    corpus
}
