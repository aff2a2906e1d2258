//! The caller of one request, with what it may read.

use super::{Access, Managed, Trail};
use crate::error::Error;
use crate::manager::{Description, FieldSet, Operation, Record};
use crate::principal::Principal;
use crate::query::Select;

/// The caller of one request, with what it may read of a manager. Its rules are evaluated once a request.
pub(crate) struct Caller<'p> {
    pub(crate) principal: &'p Principal,
    /// What the audit log says of the request.
    pub(super) trail: Option<&'p Trail<'p>>,
    /// The fields that exist for the caller.
    pub(crate) fields: FieldSet,
    /// The rows that exist for the caller.
    pub(super) rows: Access,
}

impl Managed {
    /// What this caller may read.
    pub(crate) fn caller<'p>(&self, principal: &'p Principal, trail: Option<&'p Trail<'p>>) -> Caller<'p> {
        Caller {
            principal,
            trail,
            fields: self.readable_fields(principal),
            rows: self.access(Operation::Detail, Some(principal)),
        }
    }

    /// The fields that this caller may read. Without rules for fields it allocates nothing.
    pub(super) fn readable_fields(&self, principal: &Principal) -> FieldSet {
        readable_fields(self.description, principal)
    }
}

/// The fields that the caller may read. A computed field without a rule could tell any stored field.
pub(super) fn readable_fields(description: &Description, principal: &Principal) -> FieldSet {
    if !description.has_hidden_fields() {
        return FieldSet::ALL;
    }
    let stored: Vec<bool> = description
        .fields()
        .iter()
        .map(|field| field.read_rule().allows(principal))
        .collect();
    let reads_every_stored_field = !stored.contains(&false);
    let computed = description
        .computed()
        .iter()
        .map(|field| match field.read_rule() {
            None => reads_every_stored_field,
            Some(rule) => rule.allows(principal),
        });
    let readable: Vec<bool> = stored.iter().copied().chain(computed).collect();
    FieldSet::of(description, |field| {
        readable.get(usize::from(field)).copied().unwrap_or_default()
    })
}

impl<'p> Caller<'p> {
    /// The caller in another operation of its request. The rules are not evaluated again, and what the caller may read is shared: a list of
    /// claims may be long.
    pub(crate) fn with_trail(&self, trail: Option<&'p Trail<'p>>) -> Self {
        Self {
            trail,
            fields: self.fields.clone(),
            rows: self.rows.clone(),
            ..*self
        }
    }
}

impl Caller<'_> {
    /// The id of the request, for the log. `None` for a verb.
    pub(super) fn request_id(&self) -> Option<&str> {
        self.trail.and_then(|trail| trail.request_id)
    }

    /// Whether the caller may read every field of every row.
    pub(super) fn reads_everything(&self) -> bool {
        self.fields.is_all() && self.rows == Access::Always
    }

    /// Whether the caller may read every field of the rows that it may read, and there is such a row.
    pub(super) fn reads_every_field(&self) -> bool {
        self.fields.is_all() && self.rows != Access::Never
    }

    /// Whether the caller may read this field of the rows that it may read, and there is such a row.
    pub(crate) fn reads(&self, field: u16) -> bool {
        self.fields.contains(field) && self.rows != Access::Never
    }

    /// Whether the caller may read this row.
    pub(super) fn sees(&self, row: &Record) -> bool {
        match &self.rows {
            Access::Always => true,
            Access::Never => false,
            Access::Rows(condition) => condition.accepts(row),
        }
    }

    /// What the caller may read, as text. Callers with the same text are shown the same of each row.
    pub(crate) fn sight_text(&self) -> String {
        format!("{:?} {:?}", self.rows, self.fields)
    }

    /// Whether the caller may read a row, for a time after the request.
    pub(crate) fn sight(&self) -> impl Fn(&Record) -> bool + Send + Sync + 'static {
        let rows = self.rows.clone();
        move |row| match &rows {
            Access::Always => true,
            Access::Never => false,
            Access::Rows(condition) => condition.accepts(row),
        }
    }

    /// The first field that the struct's type needs and that the caller may not read.
    pub(super) fn missing_field(&self, description: &Description) -> Option<u16> {
        if self.fields.is_all() {
            return None;
        }
        let is_missing = |field: &u16| !self.fields.contains(*field) && !description.field(*field).nullable();
        (0..).take(description.fields().len()).find(is_missing)
    }
}

impl Managed {
    /// Refuses a query that filters or orders by a field that the caller may not read.
    pub(super) fn check_query(&self, caller: &Caller<'_>, select: &Select) -> Result<(), Error> {
        if caller.fields.is_all() {
            return Ok(());
        }
        let lookups = select.filters.iter().chain(&select.excludes);
        let ordered = select.ordering.iter().map(|order| order.field);
        let mut used = lookups.map(|lookup| lookup.field).chain(ordered);
        let denied = used.find(|field| !caller.fields.contains(*field));
        self.permit_field(denied, Operation::Filter, caller)
    }

    /// Refuses a query about the values of a field that the caller may not read.
    pub(super) fn check_read_field(&self, caller: &Caller<'_>, field: u16) -> Result<(), Error> {
        let denied = Some(field).filter(|field| !caller.fields.contains(*field));
        self.permit_field(denied, Operation::Filter, caller)
    }

    /// Refuses to write the value of a field elsewhere that the caller may not read.
    pub(crate) fn check_referenced(&self, caller: &Caller<'_>, field: u16) -> Result<(), Error> {
        let denied = Some(field).filter(|field| !caller.fields.contains(*field));
        self.permit_field(denied, Operation::Detail, caller)
    }

    /// Refuses to make a row of the struct's type without a field that the type needs.
    pub(super) fn check_type(&self, caller: &Caller<'_>, operation: Operation) -> Result<(), Error> {
        self.permit_field(caller.missing_field(self.description), operation, caller)
    }

    /// Refuses to compare the version of a row with what a caller expects that may not read it. Otherwise the caller could find out
    /// the version by trying all.
    pub(super) fn check_version(&self, caller: &Caller<'_>) -> Result<(), Error> {
        let version = self.description.version_index();
        let denied = version.filter(|field| !caller.reads(*field));
        self.permit_field(denied, Operation::Detail, caller)
    }

    /// Refuses a write of a field that the caller may not write.
    pub(crate) fn check_written(
        &self,
        caller: &Caller<'_>,
        operation: Operation,
        mut fields: impl Iterator<Item = u16>,
    ) -> Result<(), Error> {
        let is_denied = |field: &u16| {
            let field = self.description.field(*field);
            let rule = match operation {
                Operation::Create => field.create_rule(),
                _ => field.update_rule(),
            };
            !rule.allows(caller.principal)
        };
        self.permit_field(fields.find(is_denied), operation, caller)
    }

    /// The error of an operation for which the caller is denied a field, which is logged.
    fn permit_field(
        &self,
        denied: Option<u16>,
        operation: Operation,
        caller: &Caller<'_>,
    ) -> Result<(), Error> {
        let Some(field) = denied.map(|field| self.description.field(field)) else {
            return Ok(());
        };
        self.log_refused_field(operation, field, caller);
        Err(Error::FieldDenied {
            manager: self.description.name(),
            field: field.name(),
            operation,
        })
    }
}
