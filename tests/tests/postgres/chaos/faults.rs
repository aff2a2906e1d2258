//! What goes wrong on the way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gm_tests::postgres::{Database, Mode, Server, Shutdown, Stopped};
use gm_tests::random::Random;

use super::Chaos;

/// The time between two faults.
const INTERVAL: Duration = Duration::from_secs(5);

/// Longer than a replica needs to notice that it hears nothing.
const SILENCE: Duration = Duration::from_secs(7);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Kill,
    Cut,
    Stall,
    StopListening,
    RestartServer(Shutdown),
}

const FAULTS: [Fault; 7] = [
    Fault::Kill,
    Fault::Cut,
    Fault::Stall,
    Fault::StopListening,
    Fault::RestartServer(Shutdown::Fast),
    Fault::RestartServer(Shutdown::Immediate),
    Fault::RestartServer(Shutdown::Kill),
];

/// Causes a random fault each five seconds, first one of each kind. Says when each was.
pub(crate) async fn cause(chaos: &Arc<Chaos>, server: Server, database: &Database, time: Duration) -> Server {
    let mut random = Random::new(chaos.seed);
    let started = Instant::now();
    let mut faults = FAULTS.to_vec();
    let mut server = server;
    // Backends that are stopped, and stalled proxies: until when.
    let mut stopped: Option<(Stopped, Instant)> = None;
    while started.elapsed() < time {
        tokio::time::sleep(INTERVAL).await;
        if stopped
            .as_ref()
            .is_some_and(|(_, until)| Instant::now() >= *until)
        {
            stopped = None;
        }
        if faults.is_empty() {
            faults = FAULTS.to_vec();
        }
        let fault = faults.swap_remove(random.below(faults.len()));
        let number = random.below(chaos.replicas.len());
        let replica = &chaos.replicas[number];
        println!(
            "{:>6.1} s: {fault:?} of replica {number}",
            started.elapsed().as_secs_f64()
        );
        match fault {
            Fault::Kill => {
                replica.kill();
                let chaos = Arc::clone(chaos);
                let starting = tokio::task::spawn_blocking(move || chaos.replicas[number].start());
                starting.await.unwrap();
            }
            Fault::Cut => replica.proxy.cut().await,
            Fault::Stall => {
                replica.proxy.set(Mode::Stall);
                tokio::time::sleep(SILENCE).await;
                replica.proxy.set(Mode::Forward);
            }
            Fault::StopListening => match replica.listening_backend(database).await {
                Some(backend) => stopped = Some((backend.stop(), Instant::now() + SILENCE)),
                // It is connecting.
                None => println!("         it does not listen"),
            },
            Fault::RestartServer(shutdown) => {
                stopped = None;
                let restarting = tokio::task::spawn_blocking(move || {
                    server.stop(shutdown);
                    server.start_again();
                    server
                });
                server = restarting.await.unwrap();
            }
        }
    }
    drop(stopped);
    server
}
