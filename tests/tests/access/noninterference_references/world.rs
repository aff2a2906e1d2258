//! The services of the comparison: firms and deals that refer to them, in each storage that has references.

use gm_runtime::client::SubscriptionState;
use gm_runtime::{GeneralManager, Gm, GmBuilder};
use gm_tests::conformance::Running;
use gm_tests::marker::{self, Marker};
use gm_tests::postgres::Database;
use gm_tests::random::Random;

use super::pick;
use crate::service::Service;

/// Firms, which may have a parent, and deals with one or two firms. A second struct has the same deals without references.
macro_rules! managers {
    (
        $firm:ident, $deal:ident, $second:ident, $firms:meta, $deals:meta,
        [$($of_firms:tt)*], [$($of_deals:tt)*], [$($of_second:tt)*], [$($base:tt)*], [$($secret:tt)*], [$($cascade:tt)*],
        [$($set_null:tt)*]
    ) => {
        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        #[$firms]
        #[permission($($of_firms)*)]
        #[remote_api(
            $($base)*
            resource = "firms", allow_filter, allow_detail, allow_create, allow_update, allow_delete, allow_regex, allow_counts,
            websocket_invalidation
        )]
        struct $firm {
            #[field(id)]
            id: String,
            tenant: i64,
            name: String,
            #[field($($secret)*)]
            secret: Option<i64>,
            #[field(references = $firm $($set_null)*)]
            parent_id: Option<String>,
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        #[$deals]
        #[permission($($of_deals)*)]
        #[remote_api(
            $($base)*
            resource = "deals", allow_filter, allow_detail, allow_create, allow_update, allow_delete, allow_regex, allow_counts,
            websocket_invalidation
        )]
        struct $deal {
            #[field(id)]
            id: String,
            tenant: i64,
            title: String,
            #[field(references = $firm $($cascade)*)]
            firm_id: String,
            #[field(references = $firm $($set_null)*)]
            second_id: Option<String>,
            #[field(version)]
            version: i64,
        }

        #[derive(Clone, Debug, PartialEq, GeneralManager)]
        #[$deals]
        #[permission($($of_second)*)]
        #[remote_api(
            $($base)*
            resource = "second-deals", allow_filter, allow_create, allow_update, allow_counts
        )]
        struct $second {
            #[field(id)]
            id: String,
            tenant: i64,
            title: String,
            firm_id: String,
            second_id: Option<String>,
            #[field(version)]
            version: i64,
        }
    };
}

managers! {
    Firm, Deal, SecondDeal, database(table = "firms"), database(table = "deals"),
    [read = tenant == caller.claim("tenant"), create = authenticated, update = tenant == caller.claim("tenant"),
        delete = authenticated],
    [read = tenant == caller.claim("tenant"), create = authenticated, update = public, delete = public],
    [read = tenant == caller.claim("tenant") & title != "blocked", create = authenticated, update = title != "fixed"],
    [], [read = admin], [, on_delete = cascade],
    [, on_delete = set_null]
}

managers! {
    OwnedFirm, OwnedDeal, OwnedSecond, database(table = "firms"), database(table = "deals"),
    [read = public, create = public, update = public, delete = public],
    [read = public, create = public, update = public, delete = public],
    [read = public, create = public, update = public],
    [base_path = "/owner",], [], [, on_delete = cascade],
    [, on_delete = set_null]
}

managers! {
    GatewayFirm, GatewayDeal, GatewaySecond,
    remote_manager(base_url = "http://owner.test", base_path = "/owner", resource = "firms", websocket_invalidation),
    remote_manager(base_url = "http://owner.test", base_path = "/owner", resource = "deals", websocket_invalidation),
    [read = tenant == caller.claim("tenant"), create = authenticated, update = tenant == caller.claim("tenant"),
        delete = authenticated],
    [read = tenant == caller.claim("tenant"), create = authenticated, update = public, delete = public],
    [read = tenant == caller.claim("tenant") & title != "blocked", create = authenticated, update = title != "fixed"],
    [], [read = admin], [], []
}

/// A service, and the handle on which the hidden rows are written.
pub(super) struct World {
    pub(super) service: Service,
    owner: Option<Running>,
    _database: Option<Database>,
}

fn managers(builder: GmBuilder) -> GmBuilder {
    let builder = builder.expose::<Firm>().expose::<Deal>().expose::<SecondDeal>();
    builder.manager::<Marker>()
}

impl World {
    pub(super) async fn start(storage: &'static str) -> Self {
        let mut database = None;
        let mut owner = None;
        let service = match storage {
            "memory" => {
                let builder = Gm::builder()
                    .in_memory::<Firm>()
                    .in_memory::<Deal>()
                    .expose::<Firm>()
                    .expose::<Deal>();
                Service::start(storage, builder).await
            }
            "SQLite" => Service::start(storage, managers(Gm::builder().database("sqlite::memory:"))).await,
            "Postgres" => {
                let own = database.insert(Database::create().await);
                Service::start(storage, managers(Gm::builder().database(own.url()))).await
            }
            _ => {
                let builder = Gm::builder().database("sqlite::memory:").expose::<OwnedFirm>();
                let running = Running::start(builder.expose::<OwnedDeal>()).await.unwrap();
                let builder =
                    Gm::builder().base_url("http://owner.test", format!("http://{}", running.address));
                owner = Some(running);
                let builder = builder.expose::<GatewayFirm>().expose::<GatewayDeal>();
                Service::start(storage, builder.expose::<GatewaySecond>()).await
            }
        };
        let world = Self {
            service,
            owner,
            _database: database,
        };
        for firm in ["f1 1 a", "f2 2 secret", "f3 1 b"] {
            world.firm(firm, None).await;
        }
        for deal in ["d1 1 f1 f3", "d2 2 f2 f3", "d3 1 f2 f1", "d4 1 f3 f2"] {
            world.deal(deal).await;
        }
        if storage == "gateway" {
            let gm = world.service.gm();
            let mut firms = gm.subscription::<GatewayFirm>().unwrap();
            firms.wait_for(SubscriptionState::is_live).await.unwrap();
            let mut deals = gm.subscription::<GatewayDeal>().unwrap();
            deals.wait_for(SubscriptionState::is_live).await.unwrap();
        } else if storage == "Postgres" {
            // It delivers the events of the first rows later than it answers their creates.
            marker::published(world.service.gm()).await;
        }
        world
    }

    pub(super) async fn firm(&self, firm: &str, parent: Option<&str>) {
        let mut words = firm.split(' ').map(str::to_owned);
        let [id, tenant, name] = [(); 3].map(|()| words.next().unwrap());
        let (tenant, parent) = (tenant.parse().unwrap(), parent.map(str::to_owned));
        match &self.owner {
            None => drop(
                Firm::create(FirmCreate { id, tenant, name })
                    .parent_id(parent)
                    .exec(self.service.gm())
                    .await
                    .unwrap(),
            ),
            Some(owner) => {
                let create = OwnedFirm::create(OwnedFirmCreate { id, tenant, name });
                drop(create.parent_id(parent).exec(&owner.gm).await.unwrap());
            }
        }
    }

    pub(super) async fn deal(&self, deal: &str) {
        let mut words = deal.split(' ').map(str::to_owned);
        let [id, tenant, firm_id, second_id] = [(); 4].map(|()| words.next().unwrap());
        let (tenant, title) = (tenant.parse().unwrap(), "deal".to_owned());
        let second_id = Some(second_id).filter(|id| id != "-");
        match &self.owner {
            None => {
                let create = Deal::create(DealCreate {
                    id,
                    tenant,
                    title,
                    firm_id,
                });
                drop(create.second_id(second_id).exec(self.service.gm()).await.unwrap());
            }
            Some(owner) => {
                let create = OwnedDeal::create(OwnedDealCreate {
                    id,
                    tenant,
                    title,
                    firm_id,
                });
                drop(create.second_id(second_id).exec(&owner.gm).await.unwrap());
            }
        }
    }

    /// Changes a hidden firm, and the hidden deals of other rows.
    pub(super) async fn change_hidden(&self, random: &mut Random, number: usize) {
        let name = pick(random, &["a", "b", "secret", "n1"]).to_owned();
        let (tenant, secret) = (2 + random.below(2) as i64, random.below(3) as i64);
        match &self.owner {
            None => {
                let update = Firm::by_id("f2".to_owned())
                    .update()
                    .name(name)
                    .tenant(tenant)
                    .secret(secret);
                update.exec(self.service.gm()).await.unwrap();
            }
            Some(owner) => {
                let update = OwnedFirm::by_id("f2".to_owned())
                    .update()
                    .name(name)
                    .tenant(tenant)
                    .secret(secret);
                update.exec(&owner.gm).await.unwrap();
            }
        }
        // A hidden firm of this world alone, with hidden deals.
        self.firm(&format!("h{number} 2 a"), Some("f2")).await;
        self.deal(&format!("e{number} 2 h{number} f2")).await;
    }

    pub(super) async fn stop(self) {
        self.service.stop().await;
        if let Some(owner) = self.owner {
            owner.stop().await.unwrap();
        }
    }
}
