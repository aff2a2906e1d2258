//! The tables and views of a database, and which of them show the rows of which others.

use std::collections::{BTreeSet, HashMap};

/// A table or view, as the catalog describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::interface::postgres) struct Node {
    /// The schema and the name, for messages.
    pub(super) label: String,
    pub(super) kind: Kind,
    /// The tables and views that a view reads.
    pub(super) sources: Vec<u32>,
    /// The tables of which this one is a partition or a child.
    pub(super) parents: Vec<u32>,
    /// Whether the trigger `gm_notify` is enabled.
    pub(super) has_trigger: bool,
    /// The writes that may change other rows too, as bits of `pg_trigger.tgtype`.
    pub(super) side_effects: i16,
    /// Whether a view calls functions of the application, which may read any table.
    pub(super) is_opaque: bool,
    /// A function that a view calls and whose result changes without a change of a row.
    pub(super) volatile_function: Option<String>,
    /// The definition of a view, hashed.
    pub(super) definition: String,
}

/// The kind of a relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::interface::postgres) enum Kind {
    /// A table, also a partitioned one.
    #[default]
    Table,
    View,
    /// A foreign table, a materialized view or the like: its rows change without a write that the database sees.
    Other,
}

/// The relations that the managers of a database need.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::interface::postgres) struct Graph {
    nodes: HashMap<u32, Node>,
    /// The relations by the names in the managers' descriptions.
    names: HashMap<String, u32>,
}

/// What a manager learns of a change in a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::interface::postgres) enum Shown {
    /// The row itself: it is a row of the manager.
    Row,
    /// That any row may have changed.
    Refresh,
}

impl Graph {
    pub(super) fn add(&mut self, oid: u32, node: Node, names: impl IntoIterator<Item = String>) {
        self.names.extend(names.into_iter().map(|name| (name, oid)));
        self.nodes.insert(oid, node);
    }

    /// The relation of a manager's table.
    pub(super) fn relation(&self, table: &str) -> Option<u32> {
        self.names.get(table).copied()
    }

    pub(super) fn node(&self, oid: u32) -> Option<&Node> {
        self.nodes.get(&oid)
    }

    /// All relations.
    pub(super) fn relations(&self) -> impl Iterator<Item = u32> {
        self.nodes.keys().copied()
    }

    /// What a manager of the relation `shown` learns of a change in another one, or in the same.
    pub(super) fn shown(&self, shown: u32, changed: u32) -> Option<Shown> {
        let is_row = match self.node(shown)?.kind {
            Kind::Table => self.parts(shown).contains(&changed),
            Kind::View | Kind::Other => shown == changed,
        };
        if is_row {
            return Some(Shown::Row);
        }
        let reads = self.read_by(shown);
        // A row that is written to a table may be stored in any of its partitions.
        let written = self.parts(changed);
        (self.is_opaque(shown) || written.iter().any(|part| reads.contains(part))).then_some(Shown::Refresh)
    }

    /// Whether the rows of a relation may be those of any other relation.
    pub(super) fn is_opaque(&self, shown: u32) -> bool {
        let reads = self.read_by(shown);
        let mut nodes = reads.iter().filter_map(|oid| self.node(*oid));
        nodes.any(|node| node.is_opaque || node.kind == Kind::Other)
    }

    /// The function through which the rows of a view change without a write.
    pub(super) fn volatile_function(&self, shown: u32) -> Option<&str> {
        let reads = self.read_by(shown);
        let mut nodes = reads.iter().filter_map(|oid| self.nodes.get(oid));
        nodes.find_map(|node| node.volatile_function.as_deref())
    }

    /// The writes to a relation that may change other rows, as bits.
    pub(super) fn side_effects(&self, written: u32) -> i16 {
        let parts = self.parts(written);
        parts
            .iter()
            .filter_map(|oid| self.node(*oid))
            .fold(0, |bits, node| bits | node.side_effects)
    }

    /// The table and its partitions and children, or the view alone.
    pub(super) fn parts(&self, table: u32) -> BTreeSet<u32> {
        self.reached(table, |oid| {
            let children = self
                .nodes
                .iter()
                .filter(move |(_, node)| node.parents.contains(&oid));
            children.map(|(child, _)| *child).collect()
        })
    }

    /// The relation, and all relations that its rows are read from.
    pub(super) fn read_by(&self, shown: u32) -> BTreeSet<u32> {
        self.reached(shown, |oid| {
            let sources = self
                .node(oid)
                .map(|node| node.sources.clone())
                .unwrap_or_default();
            let parts = self.parts(oid);
            sources.into_iter().chain(parts).collect()
        })
    }

    fn reached(&self, from: u32, next: impl Fn(u32) -> Vec<u32>) -> BTreeSet<u32> {
        let (mut reached, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(oid) = waiting.pop() {
            if reached.insert(oid) {
                waiting.extend(next(oid));
            }
        }
        reached
    }
}
