//! Measures hits in the cache, and invalidations by events: `cargo bench --bench cache`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark that meets what it did not expect should stop"
)]

#[path = "../support/chart.rs"]
mod chart;
mod invalidation;
mod owner;
mod reads;
#[path = "../support/rounds.rs"]
mod rounds;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let tables = reads::run(&runtime) + &invalidation::run(&runtime);
    chart::Chart::draw("cache", &tables);
}
