//! The same requests written by hand, with bodies encoded and decoded by serde_json, and the header of the contract.

use std::hint::black_box;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Question, REQUESTS};

const VERSION: (&str, &str) = ("x-general-manager-protocol-version", "v1");
const JSON: (&str, &str) = ("content-type", "application/json");

#[derive(Deserialize)]
#[expect(dead_code, reason = "read from the answer, as an application would")]
struct Project {
    id: i64,
    name: String,
    status: String,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read from the answer, as an application would")]
struct Reply {
    items: Vec<Project>,
    total_count: Option<u64>,
}

#[derive(Serialize)]
struct Body {
    filters: Filters,
    page: u64,
    page_size: u64,
}

#[derive(Serialize)]
struct Filters {
    status: String,
}

fn body() -> Vec<u8> {
    let filters = Filters {
        status: "active".to_owned(),
    };
    let body = Body {
        filters,
        page: 1,
        page_size: 50,
    };
    serde_json::to_vec(&body).expect("a body")
}

fn read(bytes: &[u8]) {
    let reply: Reply = serde_json::from_slice(bytes).expect("an answer");
    assert!(!black_box(reply).items.is_empty());
}

pub(crate) async fn awc(client: awc::Client, owner: SocketAddr, question: Question) {
    for _ in 0..REQUESTS {
        let mut answer = match question {
            Question::Row => {
                let url = format!("http://{owner}/internal/gm/projects/1");
                client.get(url).insert_header(VERSION).send().await
            }
            Question::Page => {
                let url = format!("http://{owner}/internal/gm/projects/query");
                let request = client.post(url).insert_header(VERSION).insert_header(JSON);
                request.send_body(body()).await
            }
        }
        .expect("an answer");
        assert!(answer.status().is_success());
        read(&answer.body().await.expect("a body"));
    }
}

pub(crate) async fn reqwest(client: reqwest::Client, owner: SocketAddr, question: Question) {
    for _ in 0..REQUESTS {
        let answer = match question {
            Question::Row => {
                let url = format!("http://{owner}/internal/gm/projects/1");
                client.get(url).header(VERSION.0, VERSION.1).send().await
            }
            Question::Page => {
                let url = format!("http://{owner}/internal/gm/projects/query");
                let request = client.post(url).header(VERSION.0, VERSION.1);
                request.header(JSON.0, JSON.1).body(body()).send().await
            }
        }
        .expect("an answer");
        assert!(answer.status().is_success());
        read(&answer.bytes().await.expect("a body"));
    }
}
