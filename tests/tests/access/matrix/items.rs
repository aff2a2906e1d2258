//! The managers: one for each storage and each set of rules, with the same fields.

use std::future::Future;

use gm_runtime::access::Principal;
use gm_runtime::manager::Manager;
use gm_runtime::query::Condition;
use gm_runtime::{Error, GeneralManager, Gm};

use super::super::shelf::Shelf;
use super::own_rule::OwnRule;
use super::row::Row;
use super::rules::Family;

/// A manager of the matrix.
pub(crate) trait Item: Manager<Id = i64> + std::fmt::Debug {
    const FAMILY: Family;
    /// The path of the resource.
    const RESOURCE: &'static str;

    fn plain(&self) -> Row;
    fn list(gm: &Gm) -> impl Future<Output = Result<Vec<Self>, Error>>;
    fn with_secret_above(gm: &Gm, limit: i64) -> impl Future<Output = Result<Vec<Self>, Error>>;
    fn total(gm: &Gm) -> impl Future<Output = Result<u64, Error>>;
    fn fetch(gm: &Gm, id: i64) -> impl Future<Output = Result<Self, Error>>;
    fn add(gm: &Gm, row: &Row) -> impl Future<Output = Result<Self, Error>>;
    fn retitle(gm: &Gm, id: i64, title: &str) -> impl Future<Output = Result<Self, Error>>;
    fn retenant(gm: &Gm, id: i64, tenant: i64) -> impl Future<Output = Result<Self, Error>>;
    fn remove(gm: &Gm, id: i64) -> impl Future<Output = Result<(), Error>>;
}

macro_rules! item_impl {
    ($family:ident, $path:literal) => {
        impl super::Item for Item {
            const FAMILY: Family = Family::$family;
            const RESOURCE: &'static str = $path;

            fn plain(&self) -> Row {
                let Self {
                    id,
                    tenant,
                    owner,
                    reviewer,
                    rank,
                    title,
                    secret,
                    code,
                    badge,
                    note,
                    created_by,
                    touched_by,
                } = self.clone();
                Row {
                    id,
                    tenant,
                    owner,
                    reviewer,
                    rank,
                    title,
                    secret,
                    code,
                    badge,
                    note,
                    created_by,
                    touched_by,
                }
            }

            async fn list(gm: &Gm) -> Result<Vec<Self>, Error> {
                Ok(Item::all(gm).await?.iter().cloned().collect())
            }

            async fn with_secret_above(gm: &Gm, limit: i64) -> Result<Vec<Self>, Error> {
                let rows = Item::filter(|item| item.secret.gt(limit)).all(gm).await?;
                Ok(rows.iter().cloned().collect())
            }

            async fn total(gm: &Gm) -> Result<u64, Error> {
                Item::count(gm).await
            }

            async fn fetch(gm: &Gm, id: i64) -> Result<Self, Error> {
                Item::get(gm, id).await
            }

            async fn add(gm: &Gm, row: &Row) -> Result<Self, Error> {
                let row = row.clone();
                let create = ItemCreate {
                    tenant: row.tenant,
                    owner: row.owner,
                    title: row.title,
                };
                let item = Item::create(create).reviewer(row.reviewer).rank(row.rank);
                let item = item.secret(row.secret).code(row.code).badge(row.badge);
                item.created_by(row.created_by).exec(gm).await
            }

            async fn retitle(gm: &Gm, id: i64, title: &str) -> Result<Self, Error> {
                Item::by_id(id).update().title(title).exec(gm).await
            }

            async fn retenant(gm: &Gm, id: i64, tenant: i64) -> Result<Self, Error> {
                Item::by_id(id).update().tenant(tenant).exec(gm).await
            }

            async fn remove(gm: &Gm, id: i64) -> Result<(), Error> {
                Item::by_id(id).delete(gm).await
            }
        }
    };
}

#[rustfmt::skip] // It indents the attributes further each time.
macro_rules! item {
    (
        [$($read:tt)*] [$($delete:tt)*] [$($own:tt)*] $module:ident, $family:ident, $resource:literal, $path:literal, [$(#[$attribute:meta])*], [$($code:tt)*],
        [$($badge:tt)*]
    ) => {
        pub(crate) mod $module {
            use super::*;

            #[derive(Clone, Debug, PartialEq, GeneralManager)]
            $(#[$attribute])*
            #[permission(
                read = $($read)*,
                create = group("create all")
                    | group("create 1") & tenant == caller.claim("tenant") & owner == caller.name
                    | group("create 2") & created_by == caller.name & !(rank > 4)
                    | group("create 3") & (reviewer == caller.name | !(title == "a"))
                    | of_create_rule,
                update(
                    before = group("update all")
                        | group("update 1") & owner == caller.name
                        | group("update 2") & !(tenant != caller.claim("tenant"))
                        | group("update 3") & changed(title) & !changed(owner)
                        | group("update 4") & rank <= caller.claim("rank")
                        | of_update_rule,
                    after = group("update all")
                        | group("after 1") & !changed(tenant)
                        | group("after 2") & tenant in caller.claim("tenants") & !(changed(reviewer) & is_null(reviewer))
                        | group("after 3") & (rank < 5 | admin)
                        | permission("after"),
                ),
                delete = $($delete)*,
            )]
            #[remote_api(
                resource = $resource,
                allow_filter,
                allow_detail,
                allow_create,
                allow_update,
                allow_delete,
                websocket_invalidation
            )]
            pub(crate) struct Item {
                #[field(id)]
                pub(crate) id: i64,
                pub(crate) tenant: i64,
                pub(crate) owner: String,
                pub(crate) reviewer: Option<String>,
                pub(crate) rank: Option<i64>,
                #[field(max_length = 20)]
                pub(crate) title: String,
                #[field(read = admin | group("secrets"), write = group("secret writers"))]
                pub(crate) secret: Option<i64>,
                #[field($($code)*)]
                pub(crate) code: Option<String>,
                #[field($($badge)*)]
                pub(crate) badge: Option<String>,
                #[field(create = authenticated, update = permission("notes"))]
                pub(crate) note: Option<String>,
                #[field(preset = caller.name)]
                pub(crate) created_by: String,
                #[field(preset_on_update = caller.claim("desk"))]
                pub(crate) touched_by: Option<String>,
            }

            item_impl!($family, $path);

            own_rules! {
                of_create_rule: "create rule",
                of_update_rule: "update rule",
                $($own)*
            }

            fn condition(rule: &OwnRule) -> Condition<Item> {
                let item = Item::FIELDS;
                match rule {
                    OwnRule::Constant(true) => Condition::always(),
                    OwnRule::Constant(false) => Condition::never(),
                    OwnRule::Tenant(tenant) => item.tenant.eq(*tenant).into(),
                    OwnRule::TenantIn(tenants) => item.tenant.is_in(tenants.iter().copied()).into(),
                    OwnRule::Owner(owner) => item.owner.eq(*owner).into(),
                    OwnRule::Reviewer(reviewer) => item.reviewer.eq(*reviewer).into(),
                    OwnRule::NoReviewer => item.reviewer.is_null(true).into(),
                    OwnRule::RankBelow(limit) => item.rank.lt(*limit).into(),
                    OwnRule::RankFrom(limit) => item.rank.gte(*limit).into(),
                    OwnRule::TitleContains(text) => item.title.contains(*text).into(),
                    OwnRule::SecretAbove(limit) => item.secret.gt(*limit).into(),
                    OwnRule::All(parts) => condition(&parts[0]) & condition(&parts[1]),
                    OwnRule::Any(parts) => condition(&parts[0]) | condition(&parts[1]),
                    OwnRule::Not(rule) => !condition(rule),
                }
            }
        }
    };
}

macro_rules! own_rules {
    ($($function:ident: $claim:literal,)*) => {
        $(
            fn $function(caller: &Principal) -> Condition<Item> {
                let number = caller.claim($claim).and_then(|claim| claim.as_i64());
                condition(&OwnRule::of_claim(number, $claim))
            }
        )*
    };
}

/// The rules of [`Family::Rows`].
macro_rules! rows {
    ($($rest:tt)*) => {
        item! {
            [
                group("read all")
                    | group("read 1") & tenant == caller.claim("tenant")
                    | group("read 2") & !(tenant == caller.claim("tenant") | owner == caller.name)
                    | group("read 3") & (reviewer in caller.groups | is_null(reviewer))
                    | group("read 4") & rank < caller.claim("rank") & tenant in caller.claim("tenants")
                    | group("read 5") & !(rank >= 3 & !is_null(reviewer))
                    | group("read 6") & secret > 2
                    | group("read 7") & owner != caller.name & title in ["a", "B"]
                    | group("read 8") & !(tenant in caller.claim("tenants"))
                    | group("read 9") & !of_hidden_rule
                    | of_read_rule
            ]
            [
                group("delete all")
                    | group("delete 1") & owner == caller.name & admin
                    | group("delete 2") & !is_null(reviewer)
                    | group("delete 3") & !(rank != 2) & authenticated
                    | of_delete_rule
            ]
            [of_read_rule: "read rule", of_hidden_rule: "hidden rule", of_delete_rule: "delete rule",]
            $($rest)*
        }
    };
}

/// The rules of [`Family::Callers`].
macro_rules! callers {
    ($($rest:tt)*) => {
        item! {
            [group("read all") | permission("read") & !admin]
            [group("delete all") | admin & !group("secrets")]
            []
            $($rest)*
        }
    };
}

rows!(
    table_rows, Rows, "rows", "/gm/rows", [#[database(table = "rows")]], [unique], [unique, read = admin]
);
callers!(
    table_callers, Callers, "callers", "/gm/callers", [#[database(table = "callers")]], [unique], [unique, read = admin]
);
rows!(
    shelf_rows, Rows, "rows", "/gm/rows", [#[manager(interface = Shelf<Item, false>)]], [blank], [read = admin]
);
callers!(
    shelf_callers, Callers, "callers", "/gm/callers", [#[manager(interface = Shelf<Item, false>)]], [blank], [read = admin]
);
rows!(
    judging_rows, Rows, "rows", "/gm/rows", [#[manager(interface = Shelf<Item, true>)]], [blank], [read = admin]
);
callers!(
    judging_callers, Callers, "callers", "/gm/callers", [#[manager(interface = Shelf<Item, true>)]], [blank],
    [read = admin]
);
rows!(
    gateway_rows, Rows, "rows", "/gm/rows",
    [#[remote_manager(
        base_url = "http://owner.test", base_path = "/owner", resource = "rows", websocket_invalidation
    )]],
    [blank], [read = admin]
);
callers!(
    gateway_callers, Callers, "callers", "/gm/callers",
    [#[remote_manager(
        base_url = "http://owner.test", base_path = "/owner", resource = "callers", websocket_invalidation
    )]],
    [blank], [read = admin]
);

/// The rows of the owner behind the gateway, for which the gateway alone judges its callers.
#[rustfmt::skip] // It indents the attributes further each time.
macro_rules! owned {
    ($module:ident, $family:ident, $resource:literal) => {
        pub(crate) mod $module {
            use super::*;

            #[derive(Clone, Debug, PartialEq, GeneralManager)]
            #[database(table = $resource)]
            #[permission(read = public, create = public, update = public, delete = public)]
            #[remote_api(
                base_path = "/owner",
                resource = $resource,
                allow_filter,
                allow_detail,
                allow_create,
                allow_update,
                allow_delete,
                websocket_invalidation
            )]
            pub(crate) struct Item {
                #[field(id)]
                pub(crate) id: i64,
                pub(crate) tenant: i64,
                pub(crate) owner: String,
                pub(crate) reviewer: Option<String>,
                pub(crate) rank: Option<i64>,
                pub(crate) title: String,
                pub(crate) secret: Option<i64>,
                #[field(unique)]
                pub(crate) code: Option<String>,
                #[field(unique)]
                pub(crate) badge: Option<String>,
                pub(crate) note: Option<String>,
                #[field(default = "nobody")]
                pub(crate) created_by: String,
                pub(crate) touched_by: Option<String>,
            }

            item_impl!($family, "");
        }
    };
}

owned!(owned_rows, Rows, "rows");
owned!(owned_callers, Callers, "callers");
