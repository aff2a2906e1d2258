//! The code of the guide, run as documentation tests: a page each, so that a failure names it.

macro_rules! pages {
    ($($page:ident: $path:literal,)*) => {
        $(#[doc = include_str!($path)] struct $page;)*
    };
}

pages! {
    Quickstart: "../../docs/guide/quickstart.md",
    Owner: "../../docs/guide/owner.md",
    Attributes: "../../docs/guide/attributes.md",
    Types: "../../docs/guide/types.md",
    Validation: "../../docs/guide/validation.md",
    Transactions: "../../docs/guide/transactions.md",
    Migrations: "../../docs/guide/migrations.md",
    Consumer: "../../docs/guide/consumer.md",
    Lookups: "../../docs/guide/lookups.md",
    Batches: "../../docs/guide/batches.md",
    Errors: "../../docs/guide/errors.md",
    Caching: "../../docs/guide/caching.md",
    Live: "../../docs/guide/live.md",
    Changes: "../../docs/guide/changes.md",
    Permissions: "../../docs/guide/permissions.md",
    VisibleRows: "../../docs/guide/visible-rows.md",
    Callers: "../../docs/guide/callers.md",
    Credentials: "../../docs/guide/credentials.md",
    Postgres: "../../docs/guide/postgres.md",
    Storage: "../../docs/guide/storage.md",
    Gateway: "../../docs/guide/gateway.md",
    Operating: "../../docs/guide/operating.md",
    Tracing: "../../docs/guide/tracing.md",
    Limits: "../../docs/guide/limits.md",
    Testing: "../../docs/guide/testing.md",
    ManyRows: "../../docs/guide/many-rows.md",
    Tables: "../../docs/guide/tables.md",
    Recipes: "../../docs/guide/recipes.md",
    Browsers: "../../docs/guide/browsers.md",
    Deploying: "../../docs/guide/deploying.md",
    Schemas: "../../docs/guide/schemas.md",
    Wire: "../../docs/guide/wire.md",
    ApiDescription: "../../docs/guide/api-description.md",
    Python: "../../docs/guide/python.md",
}
