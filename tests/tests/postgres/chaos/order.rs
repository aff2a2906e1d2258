//! All subscribers of all replicas see one order.

use std::collections::HashMap;

/// Compares the events of websockets: those that two of them received came in the same order, and none came twice.
pub(crate) fn check(sessions: &[Vec<String>]) {
    for (place, first) in sessions.iter().enumerate() {
        let positions: HashMap<&str, usize> = (0..).zip(first).map(|(at, id)| (&**id, at)).collect();
        assert_eq!(positions.len(), first.len(), "an event came twice");
        for second in &sessions[place + 1..] {
            let common = second.iter().filter_map(|id| positions.get(&**id));
            assert!(
                common.is_sorted(),
                "two websockets received events in different orders"
            );
        }
    }
}
