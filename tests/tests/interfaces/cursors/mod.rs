//! Pages that are read by cursors, wherever the rows are.

mod ends;
mod schedules;
mod storages;
mod wrong;

use std::cmp::Ordering;

use gm_runtime::{GeneralManager, Gm, Manager, Query};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "stops")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/gm",
    resource = "stops",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    allow_regex,
    default_page_size = 10,
    max_page_size = 100
)]
pub(crate) struct Stop {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) rank: Option<i64>,
    #[field(blank)]
    pub(crate) name: String,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://owner.test", base_path = "/gm", resource = "stops")]
pub(crate) struct RemoteStop {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) rank: Option<i64>,
    #[field(blank)]
    pub(crate) name: String,
}

/// The stops of another service, served again.
#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(base_url = "http://behind.test", base_path = "/gm", resource = "stops")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/gm",
    resource = "stops",
    allow_filter,
    allow_detail,
    allow_regex
)]
pub(crate) struct GatewayStop {
    #[field(id)]
    pub(crate) id: i64,
    pub(crate) rank: Option<i64>,
    #[field(blank)]
    pub(crate) name: String,
}

/// The id, the rank and the name of a stop.
pub(crate) type Parts = (i64, Option<i64>, String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Rank,
    Name,
    Id,
}

/// Fields, each with whether it is descending.
pub(crate) type Sorting = Vec<(By, bool)>;

/// The rows of any of these structs.
pub(crate) trait Listed: Manager + PartialEq + std::fmt::Debug {
    fn parts(&self) -> Parts;
    fn by(query: Query<Self>, by: By, descending: bool) -> Query<Self>;
    fn all() -> Query<Self>;
    /// The rows whose names start with an `a`, by a pattern.
    fn starting_with_a() -> Query<Self>;

    fn sorted(sorting: &Sorting) -> Query<Self> {
        let by = |query, (by, descending): &(By, bool)| Self::by(query, *by, *descending);
        sorting.iter().fold(Self::all(), by)
    }
}

macro_rules! listed {
    ($($stop:ident),*) => {$(
        impl Listed for $stop {
            fn parts(&self) -> Parts {
                (self.id, self.rank, self.name.clone())
            }

            fn by(query: Query<Self>, by: By, descending: bool) -> Query<Self> {
                match (by, descending) {
                    (By::Rank, false) => query.order_by(|stop| stop.rank.asc()),
                    (By::Rank, true) => query.order_by(|stop| stop.rank.desc()),
                    (By::Name, false) => query.order_by(|stop| stop.name.asc()),
                    (By::Name, true) => query.order_by(|stop| stop.name.desc()),
                    (By::Id, false) => query.order_by(|stop| stop.id.asc()),
                    (By::Id, true) => query.order_by(|stop| stop.id.desc()),
                }
            }

            fn all() -> Query<Self> {
                Self::query()
            }

            fn starting_with_a() -> Query<Self> {
                Self::filter(|stop| stop.name.regex("^a"))
            }
        }
    )*};
}

listed!(Stop, RemoteStop, GatewayStop);

/// The order of two rows: null is last in both directions, and the id breaks ties.
pub(crate) fn compare(sorting: &Sorting, left: &Parts, right: &Parts) -> Ordering {
    let nulls_last = |left: Option<i64>, right: Option<i64>, descending: bool| match (left, right) {
        (Some(left), Some(right)) if descending => right.cmp(&left),
        (Some(left), Some(right)) => left.cmp(&right),
        (left, right) => left.is_none().cmp(&right.is_none()),
    };
    let by = |(by, descending): &(By, bool)| match by {
        By::Rank => nulls_last(left.1, right.1, *descending),
        By::Name if *descending => right.2.cmp(&left.2),
        By::Name => left.2.cmp(&right.2),
        By::Id if *descending => right.0.cmp(&left.0),
        By::Id => left.0.cmp(&right.0),
    };
    let order = sorting.iter().map(by).find(|order| order.is_ne());
    order.unwrap_or_else(|| left.0.cmp(&right.0))
}

/// Adds these stops, and returns them as they are stored.
pub(crate) async fn fill(gm: &Gm, stops: &[(Option<i64>, &str)]) -> Vec<Parts> {
    let mut filled = Vec::new();
    for (rank, name) in stops {
        let name = (*name).to_owned();
        let stop = Stop::create(StopCreate { name }).rank(*rank);
        filled.push(stop.exec(gm).await.unwrap().parts());
    }
    filled
}

/// Removes all stops.
pub(crate) async fn clear(gm: &Gm) {
    for stop in &Stop::all(gm).await.unwrap() {
        stop.delete(gm).await.unwrap();
    }
}
