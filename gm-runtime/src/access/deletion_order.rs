//! The order in which rows that refer to each other are deleted.

/// A reference between two rows that are deleted, by their places.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    /// The row that has the reference.
    pub(super) from: usize,
    pub(super) field: u16,
    /// The row that it refers to.
    pub(super) to: usize,
}

/// The order, in which a row comes behind those that refer to it.
pub(super) struct DeletionOrder {
    /// All rows. Those of one level refer to no row of theirs or of an earlier one.
    pub(super) levels: Vec<Vec<usize>>,
    /// The references to rows of an earlier level, since the rows refer to each other in a circle.
    pub(super) in_circles: Vec<Edge>,
}

impl DeletionOrder {
    /// Orders `count` rows.
    pub(super) fn of(count: usize, edges: &[Edge]) -> Self {
        let order = post_order(count, edges);
        let mut positions = vec![0_usize; count];
        for (position, row) in order.iter().enumerate() {
            if let Some(known) = positions.get_mut(*row) {
                *known = position;
            }
        }
        let position = |row: usize| positions.get(row).copied().unwrap_or_default();
        let (mut forward, in_circles): (Vec<Edge>, Vec<Edge>) = edges
            .iter()
            // A row that refers to itself is deleted by one statement.
            .filter(|edge| edge.from != edge.to)
            .partition(|edge| position(edge.from) < position(edge.to));
        forward.sort_unstable_by_key(|edge| position(edge.from));
        let mut level_of = vec![0_usize; count];
        for edge in forward {
            let behind = level_of
                .get(edge.from)
                .copied()
                .unwrap_or_default()
                .saturating_add(1);
            if let Some(level) = level_of.get_mut(edge.to) {
                *level = behind.max(*level);
            }
        }
        let mut levels = vec![Vec::new(); level_of.iter().max().map_or(0, |last| last.saturating_add(1))];
        for row in order {
            let level = level_of.get(row).copied().unwrap_or_default();
            if let Some(level) = levels.get_mut(level) {
                level.push(row);
            }
        }
        Self { levels, in_circles }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// The rows, each behind those that refer to it, except for rows of circles.
fn post_order(count: usize, edges: &[Edge]) -> Vec<usize> {
    let mut referring: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in edges {
        if let Some(referring) = referring.get_mut(edge.to) {
            referring.push(edge.from);
        }
    }
    let mut order = Vec::with_capacity(count);
    let mut states = vec![State::New; count];
    // In place of a recursion, since a chain of rows may be long.
    let mut open: Vec<_> = (0..count).rev().collect();
    while let Some(row) = open.last().copied() {
        if let Some(state) = states.get_mut(row).filter(|state| **state == State::New) {
            *state = State::Open;
        }
        let Some(from) = referring.get_mut(row).and_then(Vec::pop) else {
            open.pop();
            if let Some(state) = states.get_mut(row).filter(|state| **state != State::Done) {
                *state = State::Done;
                order.push(row);
            }
            continue;
        };
        if states.get(from) == Some(&State::New) {
            open.push(from);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{DeletionOrder, Edge};

    fn order(count: usize, edges: &[(usize, usize)]) -> (Vec<Vec<usize>>, Vec<(usize, usize)>) {
        let edge = |(from, to): &(usize, usize)| Edge {
            from: *from,
            field: 0,
            to: *to,
        };
        let edges: Vec<_> = edges.iter().map(edge).collect();
        let DeletionOrder { levels, in_circles } = DeletionOrder::of(count, &edges);
        (
            levels,
            in_circles.iter().map(|edge| (edge.from, edge.to)).collect(),
        )
    }

    #[test]
    fn rows_come_behind_those_that_refer_to_them() {
        assert_eq!(order(0, &[]), (vec![], vec![]));
        assert_eq!(order(2, &[]), (vec![vec![0, 1]], vec![]));
        assert_eq!(
            order(3, &[(1, 0), (2, 1)]),
            (vec![vec![2], vec![1], vec![0]], vec![])
        );
        assert_eq!(order(3, &[(1, 0), (2, 0)]), (vec![vec![2, 1], vec![0]], vec![]));
        // 1 refers to 2, and both to 0.
        let levels = vec![vec![1], vec![2], vec![0]];
        assert_eq!(order(3, &[(1, 0), (2, 0), (1, 2)]), (levels.clone(), vec![]));
        assert_eq!(order(3, &[(2, 0), (1, 0), (1, 2)]), (levels, vec![]));
    }

    #[test]
    fn a_circle_is_broken_at_one_reference() {
        assert_eq!(order(1, &[(0, 0)]), (vec![vec![0]], vec![]));
        assert_eq!(
            order(2, &[(1, 0), (0, 1)]),
            (vec![vec![1], vec![0]], vec![(0, 1)])
        );
        let (levels, in_circles) = order(3, &[(1, 0), (2, 1), (0, 2)]);
        assert_eq!(
            (levels, in_circles),
            (vec![vec![2], vec![1], vec![0]], vec![(0, 2)])
        );
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let edges: Vec<_> = (1..200_000).map(|row| (row, row - 1)).collect();
        let (levels, _) = order(200_000, &edges);
        assert_eq!(levels.len(), 200_000);
        assert_eq!(levels.last(), Some(&vec![0]));
    }
}
