//! A model of an owner, its websocket and a consumer's cache, explored exhaustively for small bounds. With all guards the
//! promise holds. Without any one of them there is a counterexample.

mod cache;
mod explore;
mod guard;
mod references;
mod state;

use stateright::{Checker, HasDiscoveries, Model};

use self::guard::Guard;
use self::state::Cache;

/// Each guard, and a world in which it is needed.
const GUARDS: [(Guard, World); 27] = [
    (Guard::ValidateAtLookup, World::Events),
    (Guard::StampBeforeSending, World::Events),
    (Guard::JoinWhileValid, World::Events),
    (Guard::RowEventInvalidatesItsRow, World::Events),
    (Guard::RowEventInvalidatesTheLists, World::Events),
    (Guard::RefreshInvalidatesAll, World::Events),
    (Guard::ConnectingInvalidatesAll, World::Breaks),
    (Guard::DisconnectingCloses, World::Breaks),
    (Guard::Lease, World::Time),
    (Guard::InvalidateWhenTheWriteEnds, World::Writes),
    (Guard::InvalidateWhenTheCallerIsCancelled, World::Writes),
    (Guard::DrainBeforeSwitching, World::Renewals),
    (Guard::EndOfTheCredential, World::Ends),
    (Guard::IdentityChangeEndsTheSubscription, World::Identities),
    (Guard::SubscriptionOfTheSameIdentity, World::Identities),
    (Guard::AnswerOfThePresentIdentity, World::Identities),
    (Guard::EpochBehindAReferenceInTheKey, World::Through),
    (Guard::EpochBehindAReferenceBeforeSending, World::Through),
    (Guard::FreshWithoutAnEpoch, World::ThroughBreaks),
    (Guard::OpenBehindAReference, World::ThroughBreaks),
    (Guard::LeaseBehindAReference, World::ThroughTime),
    (Guard::EndOfTheCredentialBehindAReference, World::ThroughEnds),
    (Guard::AttachBeforeAccepting, World::Breaks),
    (Guard::AttachBeforeAccepting, World::Renewals),
    (Guard::PublishAfterTheCommit, World::Events),
    (Guard::FullQueueBecomesARefresh, World::Events),
    (Guard::PongBehindTheEvents, World::Time),
];

/// Small worlds, each for one part of the protocol.
#[derive(Clone, Copy, Debug)]
enum World {
    /// Events and readers, and a queue that overflows.
    Events,
    /// A write of this process, and a change by another one.
    Writes,
    /// A websocket that breaks and reconnects.
    Breaks,
    /// Time, pings, and a dead websocket.
    Time,
    /// A credential that is renewed, and a websocket that may break meanwhile.
    Renewals,
    /// A credential that ends, and may be renewed before.
    Ends,
    /// Credentials of another identity.
    Identities,
    /// `Events` and `Writes`, read through a reference.
    Through,
    /// `Breaks`, read through a reference.
    ThroughBreaks,
    /// `Time`, read through a reference.
    ThroughTime,
    /// `Ends`, read through a reference.
    ThroughEnds,
}

impl World {
    fn without(self, removed: Option<Guard>) -> Cache {
        let [changes, reads, writes, breaks, ticks, renewals, identities] = match self {
            Self::Events => [3, 2, 0, 0, 0, 0, 0],
            Self::Writes => [1, 3, 1, 0, 0, 0, 0],
            Self::Breaks => [2, 2, 0, 1, 0, 0, 0],
            Self::Time => [1, 2, 0, 1, 3, 0, 0],
            Self::Renewals => [1, 2, 0, 1, 0, 1, 0],
            Self::Ends => [0, 2, 0, 0, 3, 1, 0],
            Self::Identities => [1, 2, 0, 0, 0, 0, 2],
            Self::Through => [2, 2, 1, 0, 0, 0, 0],
            Self::ThroughBreaks => [2, 2, 0, 1, 0, 0, 0],
            Self::ThroughTime => [1, 2, 0, 1, 3, 0, 0],
            Self::ThroughEnds => [0, 2, 0, 0, 3, 1, 0],
        };
        Cache {
            removed,
            changes,
            reads,
            writes,
            breaks,
            ticks,
            renewals,
            identities,
            ends: matches!(self, Self::Ends | Self::ThroughEnds),
            through: matches!(
                self,
                Self::Through | Self::ThroughBreaks | Self::ThroughTime | Self::ThroughEnds
            ),
            queue: 1,
        }
    }
}

/// Makes a test of each world, in which the promise holds. Together they would take too long for one test on a busy machine.
macro_rules! promise_holds_in {
    ($($name:ident: $world:ident),* $(,)?) => {
        mod with_every_guard_the_promise_holds {
            $(
                #[test]
                fn $name() {
                    super::hold_in(super::World::$world);
                }
            )*
        }
    };
}

promise_holds_in! {
    of_events: Events,
    of_writes: Writes,
    of_breaks: Breaks,
    of_time: Time,
    of_renewals: Renewals,
    of_ends: Ends,
    of_identities: Identities,
    behind_references: Through,
    of_breaks_behind_references: ThroughBreaks,
    of_time_behind_references: ThroughTime,
    of_ends_behind_references: ThroughEnds,
}

fn hold_in(world: World) {
    let checker = world.without(None).checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    assert!(checker.unique_state_count() > 10_000, "{world:?} is too small");
}

#[test]
fn without_any_one_guard_there_is_a_counterexample() {
    for (guard, world) in GUARDS {
        let checker = world.without(Some(guard)).checker();
        let checker = checker
            .finish_when(HasDiscoveries::AnyFailures)
            .spawn_bfs()
            .join();
        let found = checker.discoveries();
        let failed = |name: &&str| !name.starts_with("a read is served");
        assert!(found.keys().any(failed), "the world does not need {guard:?}");
    }
}
