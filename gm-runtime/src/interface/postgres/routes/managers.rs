//! The managers of a database, and the way of a change to them.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use super::graph::{Graph, Kind, Shown};
use super::outbox::Outbox;
use super::relation::{InCatalog, Relation};
use crate::change::{Change, Delivery, Topic};
use crate::error::Error;
use crate::interface::postgres::notification::{
    Columns, NotifyExpression, Payload, PayloadAction, SideEffects,
};
use crate::manager::Description;

/// The managers of one database, and the relations that the catalog has for them.
pub(in crate::interface::postgres) struct Routes {
    state: RwLock<State>,
    outbox: Arc<Outbox>,
}

#[derive(Default)]
struct State {
    managers: Vec<Arc<Relation>>,
    graph: Graph,
    /// For how many managers the graph was read.
    known_managers: usize,
    /// The managers that learn of a change, by the changed relation.
    destinations: HashMap<u32, Arc<[Destination]>>,
    /// The managers that learn of every change, since it is unknown what their views read.
    opaque: Arc<[Destination]>,
    /// The relations that no manager shows, which a notification has named since the catalog was read.
    unrelated: BTreeSet<u32>,
}

/// The most relations of other programs that are remembered.
const MAX_UNRELATED: usize = 1_024;

/// A manager that learns of a change.
#[derive(Clone)]
pub(in crate::interface::postgres) struct Destination {
    relation: Arc<Relation>,
    shown: Shown,
}

impl Routes {
    pub(in crate::interface::postgres) fn new() -> Self {
        Self {
            state: RwLock::default(),
            outbox: Arc::default(),
        }
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The changes that wait to be sent to every replica.
    pub(in crate::interface::postgres) fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }

    /// Adds a manager. The catalog must be read again.
    pub(in crate::interface::postgres) fn add(
        &self,
        description: &'static Description,
        table: &'static str,
        topic: Arc<Topic>,
    ) -> Arc<Relation> {
        let added = Arc::new(Relation {
            description,
            table,
            topic,
            outbox: Arc::clone(&self.outbox),
            catalog: RwLock::new(InCatalog {
                oid: None,
                is_table: false,
                notify: Arc::new(NotifyExpression::new(table, &Columns::of([description]), false)),
                side_effects: Arc::default(),
                effects: 0,
            }),
            is_table: AtomicBool::new(false),
        });
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.managers.push(Arc::clone(&added));
        drop(state);
        self.outbox.manager_added();
        added
    }

    /// The names of the managers' tables, and how many managers there are.
    pub(in crate::interface::postgres) fn tables(&self) -> (BTreeSet<&'static str>, usize) {
        let state = self.state();
        let tables = state.managers.iter().map(|manager| manager.table).collect();
        (tables, state.managers.len())
    }

    /// Sets the relations, as the catalog has them. Returns whether they are different.
    pub(in crate::interface::postgres) fn set_graph(&self, graph: Graph) -> bool {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.graph == graph && state.known_managers == state.managers.len() {
            return false;
        }
        state.unrelated.clear();
        state.graph = graph;
        state.update();
        true
    }

    /// Refuses `websocket_invalidation` on views whose rows change without a write, since no event could report that.
    pub(in crate::interface::postgres) fn check_views(&self) -> Result<(), Error> {
        self.state().check_views()
    }

    /// The managers that learn of a change in this relation. `None` if the relation is unknown and the catalog must be read.
    pub(in crate::interface::postgres) fn destinations(&self, relation: u32) -> Option<Arc<[Destination]>> {
        let state = self.state();
        if let Some(destinations) = state.destinations.get(&relation) {
            return Some(Arc::clone(destinations));
        }
        state
            .unrelated
            .contains(&relation)
            .then(|| Arc::clone(&state.opaque))
    }

    /// Remembers that the catalog relates nothing to this relation, if so.
    pub(in crate::interface::postgres) fn set_unrelated(&self, relation: u32) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !state.destinations.contains_key(&relation) {
            if state.unrelated.len() >= MAX_UNRELATED {
                state.unrelated.clear();
            }
            state.unrelated.insert(relation);
        }
    }

    /// Sets which changes reach the subscribers of all managers.
    pub(in crate::interface::postgres) fn set_delivery(&self, delivery: Delivery) {
        let managers = self.state().managers.clone();
        for manager in managers {
            manager.topic.set_delivery(delivery);
        }
    }

    /// Publishes a refresh of every manager, and evaluates the rules of the subscribers anew: among the notifications that were
    /// missed may be one of changed grants.
    pub(in crate::interface::postgres) fn refresh_all(&self) {
        let managers = self.state().managers.clone();
        for manager in managers {
            manager.topic.changes_missed();
        }
    }
}

/// Publishes a notification to the managers that show the changed rows. `is_own`: this process sent it.
pub(in crate::interface::postgres) fn publish(
    payload: &Payload<'_>,
    destinations: &[Destination],
    is_own: bool,
) {
    for destination in destinations {
        let topic = &destination.relation.topic;
        match (payload.action, destination.shown) {
            // Grants that changed here are published at once.
            (PayloadAction::Grants, Shown::Row) if !is_own => topic.grants_changed(),
            (PayloadAction::Grants, _) => {}
            (PayloadAction::Change(_), Shown::Row) => {
                if let Some(change) = payload.change(destination.relation.description) {
                    topic.publish(&change);
                }
            }
            (PayloadAction::Change(_), Shown::Refresh) => topic.publish(&Change::refresh()),
        }
    }
}

impl State {
    /// Computes what follows from the graph and the managers.
    fn update(&mut self) {
        let graph = &self.graph;
        let shown: Vec<_> = self
            .managers
            .iter()
            .filter_map(|manager| Some((manager, graph.relation(manager.table)?)))
            .collect();
        let destinations = |changed: u32| {
            shown
                .iter()
                .filter_map(|(manager, oid)| {
                    Some(Destination {
                        relation: Arc::clone(manager),
                        shown: graph.shown(*oid, changed)?,
                    })
                })
                .collect()
        };
        self.known_managers = self.managers.len();
        self.destinations = graph.relations().map(|oid| (oid, destinations(oid))).collect();
        self.opaque = shown
            .iter()
            .filter(|(_, oid)| graph.is_opaque(*oid))
            .map(|(manager, _)| Destination {
                relation: Arc::clone(manager),
                shown: Shown::Refresh,
            })
            .collect();
        let side_effects = Arc::new(SideEffects::new(counted_tables(graph)));
        for manager in &self.managers {
            let oid = graph.relation(manager.table);
            let same_table = self.managers.iter().filter(|other| match oid {
                Some(_) => graph.relation(other.table) == oid,
                None => other.table == manager.table,
            });
            let columns = Columns::of(same_table.map(|other| other.description));
            let node = oid.and_then(|oid| graph.node(oid));
            let has_trigger = node.is_some_and(|node| node.has_trigger);
            manager.set_catalog(InCatalog {
                oid,
                is_table: node.is_some_and(|node| node.kind == Kind::Table),
                notify: Arc::new(NotifyExpression::new(manager.table, &columns, has_trigger)),
                side_effects: Arc::clone(&side_effects),
                effects: oid.map_or(0, |oid| graph.side_effects(oid)),
            });
        }
    }

    fn check_views(&self) -> Result<(), Error> {
        for manager in &self.managers {
            let has_events = manager
                .description
                .api()
                .is_some_and(|api| api.websocket_invalidation());
            let Some(oid) = self.graph.relation(manager.table).filter(|_| has_events) else {
                continue;
            };
            let (name, view) = (manager.description.name(), manager.table);
            if let Some(function) = self.graph.volatile_function(oid) {
                return Err(Error::Configuration(format!(
                    "`{name}` has `websocket_invalidation`, which reports every change, and its view `{view}` calls \
                     `{function}`, so its rows change without a write: leave `websocket_invalidation` out, or let the view \
                     show the values themselves and let the queries compare them"
                )));
            }
            let silent: Vec<_> = self.silent_sources(oid).collect();
            if !silent.is_empty() {
                tracing::warn!(
                    manager = name,
                    "the view `{view}` reads tables whose changes are not reported, since no manager writes them and they \
                     have no trigger `gm_notify`: {}. Create the trigger on them (`GmBuilder::schema_triggers` prints it for \
                     the managers' tables)",
                    silent.join(", ")
                );
            }
        }
        Ok(())
    }

    /// The tables that a view reads, and whose changes cause no notification.
    fn silent_sources(&self, view: u32) -> impl Iterator<Item = String> {
        let written: BTreeSet<u32> = self
            .managers
            .iter()
            .filter_map(|manager| self.graph.relation(manager.table))
            .flat_map(|oid| self.graph.parts(oid))
            .collect();
        let sources = self.graph.read_by(view).into_iter();
        sources
            .filter(move |oid| !written.contains(oid))
            .filter_map(|oid| {
                let node = self.graph.node(oid)?;
                (node.kind != Kind::View && !node.has_trigger).then(|| node.label.clone())
            })
    }
}

/// Every table, with those that have its rows.
fn counted_tables(graph: &Graph) -> Vec<(u32, u32)> {
    let is_table = |oid: &u32| graph.node(*oid).is_some_and(|node| node.kind == Kind::Table);
    let mut tables: Vec<_> = graph.relations().filter(is_table).collect();
    tables.sort_unstable();
    tables
        .into_iter()
        .flat_map(|table| graph.parts(table).into_iter().map(move |part| (table, part)))
        .collect()
}
