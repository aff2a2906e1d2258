//! Random mutations of every recorded request, over real sockets. There is no 5xx, no hang and no growth of memory, and
//! afterwards every recorded case has the same response as before.
//!
//! `GM_MUTATIONS` is the number of mutations of each request, 20 by default. `GM_SEED` begins another series. A failure
//! prints both and the request.

use std::time::Duration;

use futures_util::future::join_all;
use gm_runtime::GmBuilder;
use gm_tests::conformance::Running;
use gm_tests::keep_alive::KeepAlive;
use gm_tests::memory::resident;
use gm_tests::mutation;
use gm_tests::random::{self, Random};
use gm_tests::raw::{Request, Response};

use crate::case::{Case, groups};
use crate::{Seeded, answer_as_recorded};

/// The number of concurrent connections.
const CONNECTIONS: usize = 8;

/// More time than any response takes on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The service's time limit for bodies.
const BODY_TIME: Duration = Duration::from_millis(300);

/// The most kibibytes by which the process may grow after the first group.
const GROWTH: u64 = 24 * 1024;

fn setting(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(number) => number.parse().expect("a number"),
        Err(_) => default,
    }
}

/// The mutations of a case, which depend on the seed only.
fn mutations(case: &Case, connection: usize) -> impl Iterator<Item = (u64, Request)> {
    let seed = random::seed(1);
    let name = case
        .name
        .bytes()
        .fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let numbers = (0..setting("GM_MUTATIONS", 20))
        .skip(connection)
        .step_by(CONNECTIONS);
    numbers.map(move |number| {
        let mut random = Random::new(name ^ (number << 32));
        (number, mutation::request(&mut random, &case.request))
    })
}

pub(crate) fn short_body_time(builder: GmBuilder) -> GmBuilder {
    builder.body_time_limit(BODY_TIME)
}

pub(crate) async fn run(seeded: Seeded, file: &str) {
    let mut settled = None;
    for group in groups(file) {
        for case in &group {
            join_all((0..CONNECTIONS).map(|connection| send(&seeded.running, case, connection))).await;
        }
        seeded.restore().await;
        let failures = answer_as_recorded(&seeded.running, &group).await;
        assert!(failures.is_empty(), "afterwards: {}", failures.join("\n"));
        settled = settled.or(resident());
    }
    seeded.stop().await;
    if let (Some(settled), Some(now)) = (settled, resident()) {
        let grown = now.saturating_sub(settled);
        assert!(grown < GROWTH, "{grown} KiB");
    }
}

async fn send(service: &Running, case: &Case, connection: usize) {
    let mut connection = (KeepAlive::new(service.address), connection);
    for (number, request) in mutations(case, connection.1) {
        let answer = tokio::time::timeout(TIME_LIMIT, connection.0.send(&request)).await;
        let wrong = match &answer {
            Err(_) => Some("no answer in time".to_owned()),
            Ok(Err(error)) => Some(format!("no answer: {error}")),
            Ok(Ok(answer)) => wrong(answer),
        };
        if let Some(wrong) = wrong {
            let sent = request.to_bytes("keep-alive").escape_ascii().to_string();
            panic!("{wrong}\ncase `{}`, number {number}: {sent:.4000}", case.name);
        }
    }
}

/// The reason why a response is wrong.
fn wrong(answer: &Response) -> Option<String> {
    let is_ours = answer.header("x-request-id").is_some();
    let body = answer.json();
    let said = if answer.status < 400 {
        &body["items"]
    } else {
        &body["error_code"]
    };
    let is_wrong = answer.status >= 500 || (is_ours && !answer.body.is_empty() && said.is_null());
    is_wrong.then(|| format!("{} {body}", answer.status))
}
