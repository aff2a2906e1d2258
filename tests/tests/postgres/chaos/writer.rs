//! Writers, each of which writes rows of its own over REST.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gm_tests::keep_alive::KeepAlive;
use gm_tests::random::Random;
use gm_tests::raw::{Request, Response};
use serde_json::json;

use super::ledger::Row;
use super::replica::pause;
use super::{Chaos, STUCK};

const PROJECTS: &str = "/internal/gm/projects";

/// The number of rows of a writer that subscribers watch.
const HOT: usize = 2;

/// Less than the time after which a replica closes an idle connection.
const KEEP_ALIVE: Duration = Duration::from_secs(4);

/// The outcome of a write.
enum Outcome {
    Acknowledged(Response),
    /// It was not carried out.
    Refused,
    Unknown,
}

struct Writer<'c> {
    chaos: &'c Chaos,
    number: usize,
    random: Random,
    replica: usize,
    client: KeepAlive,
    /// The number of creates.
    creates: usize,
    hot: Vec<Arc<Row>>,
    others: Vec<Arc<Row>>,
}

/// Writes until the end.
pub(crate) async fn write(chaos: Arc<Chaos>, number: usize) {
    let random = Random::new(chaos.seed ^ (1000 + number as u64));
    let replica = number % chaos.replicas.len();
    let mut writer = Writer {
        chaos: &chaos,
        number,
        random,
        replica,
        client: KeepAlive::new(chaos.replicas[replica].address),
        creates: 0,
        hot: Vec::new(),
        others: Vec::new(),
    };
    for place in 0..HOT {
        let row = writer.new_row().await;
        chaos.ledger.heat(number * HOT + place, &row);
        writer.hot.push(row);
    }
    chaos.ready.add_permits(1);
    while !chaos.writes_end.load(Ordering::SeqCst) {
        writer.step().await;
        tokio::time::sleep(chaos.pause).await;
        if chaos.pause >= KEEP_ALIVE {
            // The replica has closed the connection, and the next write would have an unknown outcome.
            writer.client = KeepAlive::new(chaos.replicas[writer.replica].address);
        }
    }
}

impl Writer<'_> {
    async fn step(&mut self) {
        match self.random.below(20) {
            0 | 1 => {
                let row = self.create().await;
                self.others.extend(row);
            }
            2 if !self.others.is_empty() => {
                let place = self.random.below(self.others.len());
                let row = self.others.swap_remove(place);
                self.delete(&row).await;
            }
            3 if !self.others.is_empty() => {
                let place = self.random.below(self.others.len());
                let row = Arc::clone(&self.others[place]);
                self.update(&row).await;
                if row.is_retired() {
                    self.others.swap_remove(place);
                }
            }
            _ => {
                let place = self.random.below(HOT);
                let row = Arc::clone(&self.hot[place]);
                self.update(&row).await;
                if row.is_retired() {
                    let row = self.new_row().await;
                    self.chaos.ledger.heat(self.number * HOT + place, &row);
                    self.hot[place] = row;
                }
            }
        }
    }

    async fn send(&mut self, request: &Request) -> io::Result<Response> {
        let answer = tokio::time::timeout(STUCK, self.client.send_once(request)).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer to {} {}", request.method, request.path));
        if answer.is_err() {
            self.move_on();
        }
        answer
    }

    /// To another replica.
    fn move_on(&mut self) {
        self.replica = (self.replica + 1) % self.chaos.replicas.len();
        self.client = KeepAlive::new(self.chaos.replicas[self.replica].address);
    }

    async fn carry_out(&mut self, request: Request) -> Outcome {
        let ledger = &self.chaos.ledger;
        let answer = self.send(&request).await;
        match answer {
            Ok(answer) if (200..300).contains(&answer.status) => {
                ledger.acknowledged.fetch_add(1, Ordering::Relaxed);
                Outcome::Acknowledged(answer)
            }
            Ok(answer) if answer.status == 503 => {
                assert!(
                    answer.header("retry-after").is_some(),
                    "503 without `Retry-After`"
                );
                ledger.refused.fetch_add(1, Ordering::Relaxed);
                pause(&mut self.random).await;
                Outcome::Refused
            }
            // A write whose outcome is unknown, as far as the service knows.
            Ok(answer) if answer.status >= 500 => {
                ledger.unknown.fetch_add(1, Ordering::Relaxed);
                Outcome::Unknown
            }
            Ok(answer) => panic!("{} {}: {}", request.method, request.path, answer.json()),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                pause(&mut self.random).await;
                Outcome::Refused
            }
            Err(_) => {
                ledger.unknown.fetch_add(1, Ordering::Relaxed);
                pause(&mut self.random).await;
                Outcome::Unknown
            }
        }
    }

    async fn create(&mut self) -> Option<Arc<Row>> {
        self.creates += 1;
        let status = format!("writer {}, {}", self.number, self.creates);
        let body = json!({"name": "0", "status": status}).to_string();
        match self.carry_out(Request::new("POST", PROJECTS).json(&body)).await {
            Outcome::Acknowledged(answer) => {
                let id = answer.json()["items"][0]["id"].as_i64().unwrap();
                let row = Arc::new(Row::new(id));
                self.chaos.ledger.add(&row);
                Some(row)
            }
            Outcome::Refused => {
                self.chaos.ledger.refuse_create(status);
                None
            }
            Outcome::Unknown => None,
        }
    }

    async fn new_row(&mut self) -> Arc<Row> {
        loop {
            if let Some(row) = self.create().await {
                return row;
            }
        }
    }

    async fn update(&mut self, row: &Row) {
        let body = json!({"name": (row.version() + 1).to_string()}).to_string();
        let update = Request::new("PATCH", &format!("{PROJECTS}/{}", row.id)).json(&body);
        match self.carry_out(update).await {
            Outcome::Acknowledged(_) => row.acknowledge(),
            Outcome::Refused => {}
            Outcome::Unknown => row.retire(),
        }
    }

    async fn delete(&mut self, row: &Arc<Row>) {
        let delete = Request::new("DELETE", &format!("{PROJECTS}/{}", row.id));
        match self.carry_out(delete).await {
            Outcome::Acknowledged(_) => self.chaos.ledger.delete(row),
            Outcome::Refused => self.others.push(Arc::clone(row)),
            Outcome::Unknown => self.chaos.ledger.forget(row),
        }
    }
}
