//! The extensions of the wire contract.

/// An extension of the wire contract, which an owner may support.
///
/// An owner announces its extensions in each reply. A consumer uses an extension only if the owner announces it, since another
/// owner would ignore it without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Extension {
    /// Pages behind a cursor, by [`Query::after`](crate::Query::after).
    Cursor,
    /// Versions of rows. An update or a delete with a version is refused if the row has another version by then.
    Version,
    /// Writes with an idempotency key, which are carried out once, however often they are sent.
    Idempotency,
    /// Several writes in one request, by [`Gm::batch`](crate::Gm::batch).
    Batch,
    /// The numbers of rows by the values of a field, by [`Query::count_by`](crate::Query::count_by).
    Counts,
    /// The schema of the resource, by [`Gm::compare_schema`](crate::Gm::compare_schema).
    Schema,
}

impl Extension {
    /// The word by which owners announce the extension, such as `version`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cursor => "cursor",
            Self::Version => "version",
            Self::Idempotency => "idempotency",
            Self::Batch => "batch",
            Self::Counts => "counts",
            Self::Schema => "schema",
        }
    }

    /// What to do about an owner without the extension.
    pub(super) const fn advice(self) -> &'static str {
        match self {
            Self::Cursor => {
                "it would answer with its first page. Read its pages by `page`, or all rows by `all` or `stream`; storage of your own needs \
                 `Interface::applies_cursors`"
            }
            Self::Idempotency => {
                "it would ignore the idempotency key, and carry the write out each time it is sent. Write without one. Only owners of \
                 this framework with rows in memory, SQLite or Postgres have it, for the requests of consumers"
            }
            Self::Counts => {
                "it would answer with rows. Add `allow_counts` to the `#[remote_api]` of the owner's struct, or read the rows and count them"
            }
            Self::Schema => {
                "only owners of this framework have it, unless their `GmBuilder::serve_schema` is off"
            }
            Self::Version => {
                "it would not compare versions, so the write could overwrite another one. Add `#[field(version)]` to the owner's \
                 struct, or write with `overwrite()`, which compares no versions"
            }
            Self::Batch => {
                "write the rows one by one. Rows in memory, SQLite and PostgreSQL have batches at their owner; a gateway and storage \
                 of an application's own have none"
            }
        }
    }
}
