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
    /// All rows.
    pub(super) rows: Vec<usize>,
    /// The references of rows that come behind the row that they refer to, since these refer to each other in a circle.
    pub(super) in_circles: Vec<Edge>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

impl DeletionOrder {
    /// Orders `count` rows.
    pub(super) fn of(count: usize, edges: &[Edge]) -> Self {
        let mut referring: Vec<Vec<Edge>> = vec![Vec::new(); count];
        for edge in edges {
            if let Some(referring) = referring.get_mut(edge.to) {
                referring.push(*edge);
            }
        }
        let mut order = Self {
            rows: Vec::with_capacity(count),
            in_circles: Vec::new(),
        };
        let mut states = vec![State::New; count];
        // In place of a recursion, since a chain of rows may be long.
        let mut open: Vec<_> = (0..count).rev().collect();
        while let Some(row) = open.last().copied() {
            if let Some(state) = states.get_mut(row).filter(|state| **state == State::New) {
                *state = State::Open;
            }
            let Some(edge) = referring.get_mut(row).and_then(Vec::pop) else {
                open.pop();
                if let Some(state) = states.get_mut(row).filter(|state| **state != State::Done) {
                    *state = State::Done;
                    order.rows.push(row);
                }
                continue;
            };
            match states.get(edge.from) {
                Some(State::New) => open.push(edge.from),
                // A row that refers to itself is deleted by one statement.
                Some(State::Open) if edge.from != row => order.in_circles.push(edge),
                _ => {}
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::{DeletionOrder, Edge};

    fn order(count: usize, edges: &[(usize, usize)]) -> (Vec<usize>, Vec<(usize, usize)>) {
        let edge = |(from, to): &(usize, usize)| Edge {
            from: *from,
            field: 0,
            to: *to,
        };
        let edges: Vec<_> = edges.iter().map(edge).collect();
        let DeletionOrder { rows, in_circles } = DeletionOrder::of(count, &edges);
        (rows, in_circles.iter().map(|edge| (edge.from, edge.to)).collect())
    }

    #[test]
    fn rows_come_behind_those_that_refer_to_them() {
        assert_eq!(order(1, &[]), (vec![0], vec![]));
        assert_eq!(order(3, &[(1, 0), (2, 1)]), (vec![2, 1, 0], vec![]));
        // 1 refers to 2, and both to 0.
        assert_eq!(order(3, &[(1, 0), (2, 0), (1, 2)]), (vec![1, 2, 0], vec![]));
        assert_eq!(order(3, &[(2, 0), (1, 0), (1, 2)]), (vec![1, 2, 0], vec![]));
    }

    #[test]
    fn a_circle_is_broken_at_one_reference() {
        assert_eq!(order(1, &[(0, 0)]), (vec![0], vec![]));
        assert_eq!(order(2, &[(1, 0), (0, 1)]), (vec![1, 0], vec![(0, 1)]));
        let (rows, in_circles) = order(3, &[(1, 0), (2, 1), (0, 2)]);
        assert_eq!((rows, in_circles), (vec![2, 1, 0], vec![(0, 2)]));
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let edges: Vec<_> = (1..200_000).map(|row| (row, row - 1)).collect();
        let (rows, _) = order(200_000, &edges);
        assert_eq!(rows.last(), Some(&0));
        assert_eq!(rows.len(), 200_000);
    }
}
