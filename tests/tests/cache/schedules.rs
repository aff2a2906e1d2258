//! The promise under a scheduler that tries one interleaving after the other, and its breach without any one guard.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

use crate::recompiled::{self, SOURCES};
use crate::world::{self, World};

const SCHEDULES: usize = 500;
const SEED: u64 = 0x6d6f_6b61;

/// A guard, and what happens that it is there for.
const GUARDS: &[(&str, fn())] = &[
    ("validate at lookup", events_and_readers_of_a_kept_row),
    ("stamp before sending", events_and_readers_of_a_row),
    ("join while valid", readers_who_heard),
    ("a row event invalidates its row", events_and_readers_of_a_row),
    ("a row event invalidates the lists", events_and_readers_of_lists),
    ("a refresh invalidates all", refreshes_and_readers),
    ("connecting invalidates all", a_websocket_that_comes_and_goes),
    ("disconnecting closes", a_websocket_that_comes_and_goes),
    ("lease", a_websocket_that_is_dead),
    ("validity after lease", a_dead_websocket_that_ends_beside_a_reader),
    (
        "close before renewing",
        a_websocket_that_is_opened_beside_a_dead_one,
    ),
    ("age", an_owner_without_the_promise),
    ("invalidate when the write ends", writers),
    ("invalidate when the caller is cancelled", writers_who_leave),
    ("invalidate before notifying", watchers),
    ("credentials in the key", two_callers),
];

/// Whether the promise holds in every schedule that is tried: steps at random, and threads that are held up for long.
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

#[test]
fn with_every_guard_the_promise_holds() {
    let scenarios: [fn(); 17] = [
        events_and_readers_of_a_row,
        events_and_readers_of_a_kept_row,
        readers_who_heard,
        events_and_readers_of_lists,
        refreshes_and_readers,
        a_websocket_that_comes_and_goes,
        a_websocket_that_is_dead,
        a_dead_websocket_that_ends_beside_a_reader,
        a_websocket_that_is_opened_beside_a_dead_one,
        a_websocket_that_promises_more_than_the_one_before,
        an_owner_without_the_promise,
        writers,
        writers_who_leave,
        watchers,
        two_callers,
        many_callers,
        many_callers_of_whom_one_leaves,
    ];
    for (place, scenario) in scenarios.into_iter().enumerate() {
        assert!(explore(scenario, None), "scenario {place}");
    }
}

#[test]
fn without_any_one_guard_it_breaks() {
    for (guard, scenario) in GUARDS {
        assert!(
            !explore(*scenario, Some(guard)),
            "nothing shows what `{guard}` is for"
        );
    }
}

#[test]
fn every_guard_of_the_code_is_tried() {
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
    world.run(&[World::change, World::read_row, World::read_row, World::hear]);
}

fn events_and_readers_of_a_kept_row() {
    let world = World::live();
    world.read_row();
    world.run(&[World::change, World::hear, World::read_row]);
}

fn readers_who_heard() {
    let world = World::live();
    world.run(&[World::change, World::read_row, World::hear_and_read]);
}

fn events_and_readers_of_lists() {
    let world = World::live();
    world.run(&[World::change, World::read_list, World::read_list, World::hear]);
}

fn refreshes_and_readers() {
    let world = World::live();
    world.run(&[
        World::change_in_bulk,
        World::read_row,
        World::read_list,
        World::hear,
    ]);
}

fn a_websocket_that_comes_and_goes() {
    let world = World::live();
    world.run(&[World::change, World::read_row, World::read_row, World::reconnect]);
}

fn a_websocket_that_is_dead() {
    let world = World::dead();
    world.run(&[World::read_row, World::read_list]);
}

/// The reader looks while the end is noticed, and what is kept is too old before and after.
fn a_dead_websocket_that_ends_beside_a_reader() {
    let world = World::dead();
    world.run(&[World::read_row, World::read_list, World::end_the_websocket]);
}

fn a_websocket_that_is_opened_beside_a_dead_one() {
    let world = World::dead();
    world.run(&[World::read_row, World::read_list, World::open_another]);
}

/// What was kept without the promise is too old, and the next websocket sets no bound on ages.
fn a_websocket_that_promises_more_than_the_one_before() {
    let world = World::unpromised();
    world.keep_what_becomes_old(world::MAX_AGE);
    world.run(&[World::read_row, World::read_list, World::open_another]);
}

fn an_owner_without_the_promise() {
    let world = World::unpromised();
    world.keep_what_becomes_old(world::MAX_AGE);
    world.run(&[World::read_row, World::read_list]);
}

fn writers() {
    let world = World::live();
    world.run(&[World::write, World::read_row, World::read_list]);
}

fn writers_who_leave() {
    let world = World::live();
    world.run(&[World::write_and_leave, World::read_row]);
}

fn watchers() {
    let world = World::live();
    world.read_row();
    world.watch();
    world.run(&[World::change, World::hear]);
}

fn two_callers() {
    let world = World::live();
    world.run(&[World::read_row, World::read_as_another]);
}

fn many_callers() {
    let world = World::live();
    world.run(&[World::read_row, World::read_row, World::read_row]);
    // One for the row, and one for the list that is read at the end.
    assert_eq!(world.requests(), 2);
}

fn many_callers_of_whom_one_leaves() {
    let world = World::live();
    world.run(&[World::read_and_leave, World::read_row, World::read_row]);
    // The one who leaves ends the request where it was alone.
    assert!(world.requests() <= 3, "{}", world.requests());
}
