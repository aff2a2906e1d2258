//! Fewer steps that fail too.

use super::case::Step;
use super::failure::Mismatch;
use super::rule;
use crate::query::Select;

/// Why a case failed, and what was done before.
pub(super) struct Failed {
    pub(super) mismatch: Mismatch,
    pub(super) before: Vec<String>,
}

/// The most runs that a failure is shrunk by: each asks for new storage.
const RUNS: usize = 300;

/// Leaves out each step, and each part of the queries, without which the case still fails.
pub(super) async fn shrink(
    mut steps: Vec<Step>,
    mut failed: Failed,
    run: impl AsyncFn(&[Step]) -> Result<usize, Failed>,
) -> Failed {
    let mut runs = 0;
    loop {
        let mut is_smaller = false;
        let mut place = 0;
        while place < steps.len() {
            let mut next = place + 1;
            for smaller in without(&steps, place) {
                if runs == RUNS {
                    return failed;
                }
                runs += 1;
                if let Err(same) = run(&smaller).await {
                    (steps, failed, is_smaller) = (smaller, same, true);
                    next = place;
                    break;
                }
            }
            place = next;
        }
        if !is_smaller {
            return failed;
        }
    }
}

/// The steps without the one at this place, and with a simpler one there.
fn without(steps: &[Step], place: usize) -> Vec<Vec<Step>> {
    let mut removed = steps.to_vec();
    let step = removed.remove(place);
    let with_step = |step| {
        let mut simpler = steps.to_vec();
        if let Some(slot) = simpler.get_mut(place) {
            *slot = step;
        }
        simpler
    };
    let without_comment = step.without_comment().map(with_step);
    let mut all = match step {
        Step::Create(_) => {
            // The rows that are created later have other numbers then.
            let before = steps.iter().take(place);
            let row = before.filter(|step| matches!(step, Step::Create(_))).count();
            let mut renamed = removed.clone();
            for step in renamed.iter_mut().skip(place) {
                if let Some(named) = step.row_mut().filter(|named| **named > row) {
                    *named -= 1;
                }
            }
            vec![renamed, removed]
        }
        Step::Query(select) => {
            let mut all = vec![removed];
            let simpler = simpler(&select).into_iter().map(Step::Query);
            all.extend(simpler.map(with_step));
            all
        }
        Step::Judged(step, guard) => {
            let mut all = vec![removed, with_step((*step).clone())];
            let simpler = rule::simpler(&guard).into_iter();
            all.extend(simpler.map(|guard| with_step(Step::Judged(step.clone(), guard))));
            all
        }
        _ => vec![removed],
    };
    all.extend(without_comment);
    all
}

fn simpler(select: &Select) -> Vec<Select> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Select)| {
        let mut simpler = select.clone();
        change(&mut simpler);
        all.push(simpler);
    };
    for place in 0..select.filters.len() {
        with(&|select| drop(select.filters.remove(place)));
    }
    for place in 0..select.excludes.len() {
        with(&|select| drop(select.excludes.remove(place)));
    }
    if select.excludes.len() > 1 {
        // With one exclude less, more rows are excluded.
        with(&|select| select.excludes.clear());
    }
    for place in 0..select.ordering.len() {
        with(&|select| {
            select.ordering.remove(place);
        });
    }
    if select.page.is_some() {
        with(&|select| (select.page, select.page_size) = (None, None));
    }
    all
}
