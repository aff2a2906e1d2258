//! The promise under a controlled scheduler, and its breach without any one guard.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

use crate::recompiled::{self, SOURCES};
use crate::world::{self, World};

const SCHEDULES: usize = 500;
const SEED: u64 = 0x6d6f_6b61;

/// Each guard, and a scenario in which it is needed.
const GUARDS: &[(&str, fn())] = &[
    ("validate at lookup", events_and_readers_of_a_cached_row),
    ("stamp before sending", events_and_readers_of_a_row),
    ("join while valid", readers_after_an_event),
    ("a row event invalidates its row", events_and_readers_of_a_row),
    ("a row event invalidates the lists", events_and_readers_of_lists),
    ("a refresh invalidates all", refreshes_and_readers),
    ("connecting invalidates all", a_reconnecting_websocket),
    ("disconnecting closes", a_reconnecting_websocket),
    ("lease", a_dead_websocket),
    ("validity after lease", a_dead_websocket_that_ends_during_a_read),
    (
        "close before renewing",
        a_websocket_that_opens_before_a_dead_one_ends,
    ),
    ("age", an_owner_without_guaranteed_events),
    ("invalidate when the write ends", writers),
    ("invalidate when the caller is cancelled", cancelled_writers),
    ("invalidate before notifying", watchers),
    ("credentials in the key", two_callers),
    ("end of the credential", an_ended_credential),
    ("an identity change ends the subscription", an_identity_change),
    (
        "an identity change invalidates all",
        an_identity_change_without_a_websocket,
    ),
    (
        "a subscription of the same identity",
        a_websocket_that_opens_during_an_identity_change,
    ),
    (
        "open behind a reference",
        a_reconnecting_websocket_behind_a_reference,
    ),
    ("lease behind a reference", a_dead_websocket_behind_a_reference),
    (
        "validity after lease behind a reference",
        a_dead_websocket_behind_a_reference_that_ends_during_a_read,
    ),
    (
        "epoch after open behind a reference",
        a_websocket_behind_a_reference_that_opens_before_a_dead_one_ends,
    ),
    (
        "age behind a reference",
        an_owner_without_guaranteed_events_behind_a_reference,
    ),
    (
        "end of the credential behind a reference",
        an_ended_credential_behind_a_reference,
    ),
];

/// Whether the promise holds in all tested schedules: random ones, and some in which threads are delayed for long.
fn explore(scenario: fn(), removed: Option<&'static str>) -> bool {
    recompiled::remove(removed);
    let seed = gm_tests::random::seed(SEED);
    let held = catch_unwind(|| {
        let random = RandomScheduler::new_from_seed(seed, SCHEDULES);
        Runner::new(random, Config::default()).run(scenario);
        let held_up = PctScheduler::new_from_seed(seed, 3, SCHEDULES);
        Runner::new(held_up, Config::default()).run(scenario);
    });
    recompiled::remove(None);
    held.is_ok()
}

/// In all scenarios the promise holds with every guard.
fn hold(scenarios: &[fn()]) {
    for (place, scenario) in scenarios.iter().enumerate() {
        assert!(explore(*scenario, None), "scenario {place}");
    }
}

#[test]
fn with_every_guard_the_promise_holds() {
    hold(&[
        events_and_readers_of_a_row,
        events_and_readers_of_a_cached_row,
        readers_after_an_event,
        events_and_readers_of_lists,
        refreshes_and_readers,
        a_reconnecting_websocket,
        a_dead_websocket,
        a_dead_websocket_that_ends_during_a_read,
        a_websocket_that_opens_before_a_dead_one_ends,
        a_guaranteed_websocket_after_a_best_effort_one,
        an_owner_without_guaranteed_events,
    ]);
}

#[test]
fn with_every_guard_the_promise_holds_for_writers_and_callers() {
    hold(&[
        writers,
        cancelled_writers,
        watchers,
        two_callers,
        many_callers,
        many_callers_of_which_one_is_cancelled,
        an_ended_credential,
        an_identity_change,
        an_identity_change_without_a_websocket,
        a_websocket_that_opens_during_an_identity_change,
    ]);
}

#[test]
fn with_every_guard_the_promise_holds_behind_references() {
    hold(&[
        events_and_readers_through_a_reference,
        writers_behind_a_reference,
        a_reconnecting_websocket_behind_a_reference,
        a_dead_websocket_behind_a_reference,
    ]);
}

#[test]
fn with_every_guard_the_promise_holds_behind_references_without_events() {
    hold(&[
        a_dead_websocket_behind_a_reference_that_ends_during_a_read,
        a_websocket_behind_a_reference_that_opens_before_a_dead_one_ends,
        an_owner_without_guaranteed_events_behind_a_reference,
        an_ended_credential_behind_a_reference,
    ]);
}

#[test]
fn without_any_one_guard_the_promise_breaks() {
    for (guard, scenario) in GUARDS {
        assert!(
            !explore(*scenario, Some(guard)),
            "the scenario does not need `{guard}`"
        );
    }
}

#[test]
fn every_guard_of_the_code_is_tested() {
    let mut written = BTreeSet::new();
    for source in SOURCES {
        for guard in source.split("guard!(").skip(1) {
            written.insert(guard.split('"').nth(1).unwrap());
        }
    }
    let tried: BTreeSet<_> = GUARDS.iter().map(|(guard, _)| *guard).collect();
    assert_eq!(written, tried);
}

fn events_and_readers_of_a_row() {
    let world = World::live();
    world.run(&[
        World::change,
        World::read_row,
        World::read_row,
        World::handle_events,
    ]);
}

fn events_and_readers_of_a_cached_row() {
    let world = World::live();
    world.read_row();
    world.run(&[World::change, World::handle_events, World::read_row]);
}

fn readers_after_an_event() {
    let world = World::live();
    world.run(&[World::change, World::read_row, World::handle_events_and_read]);
}

fn events_and_readers_of_lists() {
    let world = World::live();
    world.run(&[
        World::change,
        World::read_list,
        World::read_list,
        World::handle_events,
    ]);
}

fn refreshes_and_readers() {
    let world = World::live();
    world.run(&[
        World::change_in_bulk,
        World::read_row,
        World::read_list,
        World::handle_events,
    ]);
}

fn a_reconnecting_websocket() {
    let world = World::live();
    world.run(&[World::change, World::read_row, World::read_row, World::reconnect]);
}

fn a_dead_websocket() {
    let world = World::dead();
    world.run(&[World::read_row, World::read_list]);
}

/// The lookup coincides with the end of the connection. The entry is too old before and after.
fn a_dead_websocket_that_ends_during_a_read() {
    let world = World::dead();
    world.run(&[World::read_row, World::read_list, World::end_the_websocket]);
}

fn a_websocket_that_opens_before_a_dead_one_ends() {
    let world = World::dead();
    world.run(&[World::read_row, World::read_list, World::open_another]);
}

/// The entry of the best-effort websocket is too old, and the next websocket sets no limit on ages.
fn a_guaranteed_websocket_after_a_best_effort_one() {
    let world = World::best_effort();
    world.cache_stale_answers(world::MAX_AGE);
    world.run(&[World::read_row, World::read_list, World::open_another]);
}

fn an_owner_without_guaranteed_events() {
    let world = World::best_effort();
    world.cache_stale_answers(world::MAX_AGE);
    world.run(&[World::read_row, World::read_list]);
}

fn writers() {
    let world = World::live();
    world.run(&[World::write, World::read_row, World::read_list]);
}

fn cancelled_writers() {
    let world = World::live();
    world.run(&[World::write_and_cancel, World::read_row]);
}

fn watchers() {
    let world = World::live();
    world.read_row();
    world.watch();
    world.run(&[World::change, World::handle_events]);
}

fn two_callers() {
    let world = World::live();
    world.run(&[World::read_row, World::read_as_another_caller]);
}

fn many_callers() {
    let world = World::live();
    world.run(&[World::read_row, World::read_row, World::read_row]);
    // One for the row, and one for the list that is read at the end.
    assert_eq!(world.requests(), 2);
}

fn many_callers_of_which_one_is_cancelled() {
    let world = World::live();
    world.run(&[World::read_and_cancel, World::read_row, World::read_row]);
    // A cancelled caller ends its request if it was alone.
    assert!(world.requests() <= 3, "{}", world.requests());
}

fn an_ended_credential() {
    let world = World::with_an_ended_credential();
    world.run(&[World::read_row, World::read_list]);
}

/// The websocket of the former identity receives none of the changes.
fn an_identity_change() {
    let world = World::live_with_identities();
    world.read_row();
    world.run(&[
        World::change_identity_and_rows,
        World::read_row,
        World::read_row,
        World::read_list,
    ]);
}

fn an_identity_change_without_a_websocket() {
    let world = World::without_a_websocket();
    world.read_row();
    world.run(&[World::change_identity, World::read_row, World::read_list]);
}

/// The handshake was sent for the former identity.
fn a_websocket_that_opens_during_an_identity_change() {
    let world = World::live_with_identities();
    world.run(&[
        World::open_another,
        World::change_identity_and_rows,
        World::read_row,
        World::read_row,
    ]);
}

fn events_and_readers_through_a_reference() {
    let world = World::live();
    world.read_through();
    world.run(&[
        World::change,
        World::read_through,
        World::read_through,
        World::handle_events,
    ]);
    world.read_through();
}

fn writers_behind_a_reference() {
    let world = World::live();
    world.run(&[World::write, World::read_through]);
    world.read_through();
}

fn a_reconnecting_websocket_behind_a_reference() {
    let world = World::live();
    world.read_through();
    world.run(&[World::change, World::read_through, World::reconnect]);
    world.read_through();
}

fn a_dead_websocket_behind_a_reference() {
    let world = World::dead();
    world.run(&[World::read_through, World::read_through]);
}

fn a_dead_websocket_behind_a_reference_that_ends_during_a_read() {
    let world = World::dead();
    world.run(&[World::read_through, World::end_the_websocket]);
}

fn a_websocket_behind_a_reference_that_opens_before_a_dead_one_ends() {
    let world = World::dead();
    world.run(&[World::read_through_late, World::open_another]);
}

/// Answers through the reference are not served at all.
fn an_owner_without_guaranteed_events_behind_a_reference() {
    let world = World::best_effort();
    world.cache_stale_answers(world::MAX_AGE);
    world.run(&[World::read_through, World::read_through]);
}

fn an_ended_credential_behind_a_reference() {
    let world = World::with_an_ended_credential();
    world.run(&[World::read_through, World::read_through]);
}
