//! A consumer of the Python service: each check is a task of its own, with a time limit.

mod cache;
mod errors;
mod events;
mod managers;
mod references;
mod values;
mod verbs;

use std::time::Duration;

use anyhow::bail;
use gm_runtime::{Gm, GmBuilder};

/// Far more than any check needs.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What the service knows its caller by.
pub(crate) fn token() -> String {
    std::env::var("PROJECTS_TOKEN").expect("`PROJECTS_TOKEN`, as `scripts/interop` sets it")
}

/// Where the service is.
#[derive(Clone)]
struct Peer {
    url: String,
}

impl Peer {
    fn builder(&self) -> GmBuilder {
        Gm::builder().base_url("http://owner.test", self.url.clone())
    }

    /// A caller that is known, and caches nothing.
    async fn caller(&self) -> Gm {
        let builder = self.builder().bearer_token(token());
        builder.manual_invalidation().build().await.unwrap()
    }

    /// A caller without a name.
    async fn stranger(&self) -> Gm {
        self.builder().manual_invalidation().build().await.unwrap()
    }
}

macro_rules! checks {
    ($peer:ident: $($room:ident::{$($check:ident),* $(,)?})*) => {{
        let mut failed = 0_u32;
        let mut passed = 0_u32;
        $($({
            let name = concat!(stringify!($room), "::", stringify!($check));
            let check = tokio::spawn(tokio::time::timeout(TIME_LIMIT, $room::$check($peer.clone())));
            match check.await {
                Ok(Ok(())) => {
                    println!("ok      {name}");
                    passed += 1;
                }
                Ok(Err(_)) => {
                    println!("FAILED  {name}: no end after {TIME_LIMIT:?}");
                    failed += 1;
                }
                // The panic has said why.
                Err(_) => {
                    println!("FAILED  {name}");
                    failed += 1;
                }
            }
        })*)*
        (passed, failed)
    }};
}

fn ended(checked: [(u32, u32); 2]) -> anyhow::Result<()> {
    let passed: u32 = checked.iter().map(|(passed, _)| passed).sum();
    let failed: u32 = checked.iter().map(|(_, failed)| failed).sum();
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        bail!("{failed} checks failed");
    }
    Ok(())
}

/// What every service of rows does, whoever serves them.
async fn every_verb(peer: &Peer) -> (u32, u32) {
    checks! { peer:
        verbs::{
            a_row_is_created_read_changed_and_deleted,
            an_update_of_nothing_changes_nothing,
            all_and_stream_read_every_page,
            first_one_count_and_exists,
            order_and_pages,
            pages_by_cursors_or_without,
            numbers_of_rows_are_not_requested,
            lookups_and_excludes,
            text_arrives_as_it_was_sent,
        }
    }
}

/// A service of the package.
pub(crate) async fn of_an_owner(url: &str) -> anyhow::Result<()> {
    let peer = Peer { url: url.to_owned() };
    let verbs = every_verb(&peer).await;
    let others = checks! { peer:
        values::{
            every_type_goes_there_and_back,
            what_is_left_out_is_filled_in,
            null_clears,
            lookups_of_every_type,
        }
        errors::{
            a_row_that_is_not_there,
            a_value_that_does_not_fit,
            an_owner_without_versions_gets_none,
            an_owner_without_batches_gets_none,
            an_owner_without_idempotency_keys_gets_none,
            a_field_that_the_owner_has_not,
            a_cursor_that_the_owner_ignores,
            another_protocol_version,
            a_caller_who_may_not,
            a_created_row_that_may_not_be_read,
            an_operation_that_is_not_exposed,
            a_resource_that_is_not_exposed,
            a_body_that_is_too_large,
            an_owner_that_is_broken,
            an_owner_that_is_not_there,
        }
        references::{
            related_rows_are_read_by_their_ids,
            an_owner_without_references_refuses_lookups_through_them,
            ids_of_another_owner_are_read_first,
        }
        events::{
            creates_and_updates_are_told_and_deletes_are_not,
            pings_are_answered,
            a_stranger_is_refused,
            a_resource_without_a_websocket_fails,
            another_version_is_refused,
        }
        cache::{
            an_event_drops_what_it_names,
            own_writes_are_seen,
            a_change_that_is_not_told_is_served_until_its_time_to_live,
        }
    };
    ended([verbs, others])
}

/// A gateway of this project in front of a service of the package: it tells of what it does itself, and promises no
/// more than it is promised.
pub(crate) async fn of_a_gateway(url: &str) -> anyhow::Result<()> {
    let peer = Peer { url: url.to_owned() };
    let verbs = every_verb(&peer).await;
    let others = checks! { peer:
        errors::{
            a_row_that_is_not_there,
            a_value_that_does_not_fit,
            another_protocol_version,
        }
        events::{
            a_gateway_promises_nothing,
        }
        cache::{
            an_event_drops_what_it_names,
            own_writes_are_seen,
        }
    };
    ended([verbs, others])
}

/// A gateway of the package in front of a service of this project.
pub(crate) async fn of_a_python_gateway(url: &str) -> anyhow::Result<()> {
    let peer = Peer { url: url.to_owned() };
    let verbs = every_verb(&peer).await;
    let others = checks! { peer:
        errors::{
            a_python_gateway_does_not_understand,
        }
    };
    ended([verbs, others])
}
