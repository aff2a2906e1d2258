//! Measures the authentication of requests: `cargo bench --bench authentication`.
//!
//! The goals: a token that is remembered takes at most 1 µs, and the first verification of a token at most a tenth more than
//! jsonwebtoken alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

#[path = "../support/rounds.rs"]
mod rounds;
mod tokens;

use std::cell::Cell;
use std::hint::black_box;

use actix_web::HttpRequest;
use actix_web::test::TestRequest;
use gm_runtime::Gm;
use gm_runtime::server::JwtIssuer;
use serde_json::{Map, Value as Json};
use tokio::runtime::Runtime;

use rounds::{Contestant, Unit, compare};
use tokens::Signer;

/// The tokens of a turn.
const TOKENS: usize = 400;
/// The turns for which there are tokens. A token is verified once.
const TURNS: usize = 13;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    remembered(&runtime);
    first(&runtime);
}

fn build(runtime: &Runtime, signer: &Signer) -> Gm {
    let issuer = JwtIssuer::new(tokens::ISSUER, tokens::AUDIENCE)
        .jwks(signer.key_set())
        .groups_claim("groups");
    let gm = Gm::builder()
        .accept_bearer_token("of-the-builder", "ada")
        .accept_jwt(issuer);
    runtime.block_on(gm.build()).expect("a handle")
}

fn request(token: &str) -> HttpRequest {
    let header = ("authorization", format!("Bearer {token}"));
    TestRequest::default().insert_header(header).to_http_request()
}

/// A token that is presented again, compared with one of the builder and no token.
fn remembered(runtime: &Runtime) {
    let signer = Signer::new();
    let gm = build(runtime, &signer);
    let turn = |request: HttpRequest| {
        let gm = gm.clone();
        move || {
            runtime.block_on(async {
                for _ in 0..100_000 {
                    black_box(gm.caller(black_box(&request)).await.expect("a caller"));
                }
            });
            100_000
        }
    };
    compare(
        "the caller of a request",
        Unit::NANOSECONDS,
        11,
        vec![
            Contestant::new("no token", turn(TestRequest::default().to_http_request())),
            Contestant::new("a token of the builder", turn(request("of-the-builder"))),
            Contestant::new("a remembered JWT", turn(request(&signer.token(0)))),
        ],
    );
}

/// Tokens that are presented for the first time.
fn first(runtime: &Runtime) {
    let signer = Signer::new();
    let gm = build(runtime, &signer);
    let tokens: Vec<_> = (0..TOKENS * TURNS).map(|number| signer.token(number)).collect();
    let requests: Vec<_> = tokens.iter().map(|token| request(token)).collect();
    let (key, validation) = signer.verification();
    let (next_token, next_request) = (Cell::new(0), Cell::new(0));
    let range = |next: &Cell<usize>| {
        let start = next.get();
        next.set(start + TOKENS);
        start..start + TOKENS
    };
    let alone = || {
        for token in &tokens[range(&next_token)] {
            let decoded = jsonwebtoken::decode::<Map<String, Json>>(black_box(token), &key, &validation);
            black_box(decoded.expect("a valid token"));
        }
        TOKENS as u64
    };
    let framework = || {
        runtime.block_on(async {
            for request in &requests[range(&next_request)] {
                black_box(gm.caller(black_box(request)).await.expect("a caller"));
            }
        });
        TOKENS as u64
    };
    compare(
        "the first verification of a JWT (ES256)",
        Unit::NANOSECONDS,
        TURNS - 1,
        vec![
            Contestant::new("jsonwebtoken alone", alone),
            Contestant::new("gm-runtime", framework),
        ],
    );
}
