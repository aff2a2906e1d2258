//! The span of an operation of a database.

use tracing::debug_span;

use super::BoxFuture;
use crate::error::Operation;
use crate::trace::Traced;

/// Runs an operation on a table within its span. `system` is the database's name in the semantic conventions.
pub(super) fn traced<'a, T: 'a>(
    system: &'static str,
    table: &'static str,
    operation: &'static str,
    future: BoxFuture<'a, T>,
) -> BoxFuture<'a, T> {
    let span = debug_span!(
        target: "gm::trace",
        "storage",
        otel.name = format!("{operation} {table}"),
        otel.kind = "client",
        db.system.name = system,
        db.collection.name = table,
        db.operation.name = operation,
    );
    let traced = Traced::here(span);
    match traced.is_off() {
        true => future,
        false => Box::pin(traced.run(future)),
    }
}

/// The statement of an operation, as the semantic conventions name it.
pub(super) fn statement(operation: Operation) -> &'static str {
    match operation {
        Operation::Filter | Operation::Detail => "SELECT",
        Operation::Create => "INSERT",
        Operation::Update => "UPDATE",
        Operation::Delete => "DELETE",
    }
}
