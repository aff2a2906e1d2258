//! The table of one manager, with its constant statements.

use std::sync::Arc;

use sea_query::PostgresQueryBuilder;

use super::expressions::PostgresExpressions;
use super::routes::Relation;
use crate::features::telemetry::TableMetrics;
use crate::interface::sql;
use crate::manager::Description;

/// The table of one manager, with the text of its constant statements.
pub(super) struct Table {
    description: &'static Description,
    name: &'static str,
    relation: Arc<Relation>,
    pub(super) get: Arc<str>,
    pub(super) metrics: TableMetrics,
}

impl Table {
    /// `is_pooled`: a pooler is before the server.
    pub(super) fn new(
        description: &'static Description,
        name: &'static str,
        relation: Arc<Relation>,
        is_pooled: bool,
    ) -> Self {
        let expressions = PostgresExpressions::new(None, is_pooled);
        let get = sql::select_by_id(description, name, &expressions);
        let get = get.build(PostgresQueryBuilder).0;
        Self {
            description,
            name,
            relation,
            get: get.into(),
            metrics: TableMetrics::new("postgresql", name),
        }
    }

    pub(super) fn description(&self) -> &'static Description {
        self.description
    }

    /// The table in the server's catalog, with its routes to the managers that show it.
    pub(super) fn relation(&self) -> &Relation {
        &self.relation
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }
}
