//! The consumers of the help desk.

use gm_runtime::change::{Action, Subscription};
use gm_runtime::client::{ClientAuthentication, ClientCredentials, SubscriptionState};
use gm_runtime::field::{FieldType as _, Value};
use gm_runtime::manager::{Invalidates, Manager};
use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::HelpDesk;
use super::identity_provider::secret;

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "https://help-desk.example.com",
    resource = "tickets",
    operations(filter, detail, create, update),
    websocket_invalidation
)]
pub(super) struct Ticket {
    #[field(id)]
    pub(super) id: i64,
    #[field(read_only)]
    pub(super) tenant: i64,
    pub(super) title: String,
    pub(super) message_id: Option<String>,
    #[field(default)]
    pub(super) status: String,
    pub(super) assignee: Option<String>,
    pub(super) price: Option<Decimal>,
    #[field(read_only)]
    pub(super) created_by: String,
}

#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(
    base_url = "https://help-desk.example.com",
    resource = "ticket-tenants",
    operations(update)
)]
pub(super) struct TicketTenant {
    #[field(id)]
    pub(super) id: i64,
    pub(super) tenant: i64,
}

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[remote_manager(
    base_url = "https://help-desk.example.com",
    resource = "comments",
    operations(filter, detail, create, update),
    websocket_invalidation
)]
pub(super) struct Comment {
    #[field(id)]
    pub(super) id: i64,
    pub(super) ticket: i64,
    pub(super) tenant: i64,
    pub(super) text: String,
    #[field(default)]
    pub(super) is_internal: bool,
    #[field(read_only)]
    pub(super) created_by: String,
}

/// An event: what happened, and the id of the row if it names one.
pub(super) type Event = (Action, Option<i64>);

/// A consumer with the credentials of one client, and the events that it receives.
pub(super) struct Consumer {
    pub(super) gm: Gm,
    pub(super) tickets: UnboundedReceiver<Event>,
    pub(super) comments: UnboundedReceiver<Event>,
    _subscriptions: [Subscription; 2],
}

impl Consumer {
    pub(super) async fn start(desk: &HelpDesk, client: &str) -> Self {
        Self::with(desk, client, |builder| builder).await
    }

    /// A consumer with these settings.
    pub(super) async fn with(
        desk: &HelpDesk,
        client: &str,
        settings: impl FnOnce(GmBuilder) -> GmBuilder,
    ) -> Self {
        let credentials = ClientCredentials::new(desk.provider.token_url(), client, secret(client));
        let builder = Gm::builder()
            .base_url("https://help-desk.example.com", desk.url())
            .credentials(credentials.authentication(ClientAuthentication::Body));
        let gm = settings(builder).build().await.unwrap();
        let (ticket_events, tickets) = subscribed::<Ticket>(&gm).await;
        let (comment_events, comments) = subscribed::<Comment>(&gm).await;
        Self {
            gm,
            tickets,
            comments,
            _subscriptions: [ticket_events, comment_events],
        }
    }

    /// Opens a ticket with this title.
    pub(super) async fn open(&self, title: &str) -> Ticket {
        let ticket = Ticket::create(TicketCreate { title: title.into() });
        ticket.exec(&self.gm).await.unwrap()
    }

    /// Comments on a ticket.
    pub(super) async fn comment(
        &self,
        ticket: &Ticket,
        text: &str,
        is_internal: bool,
    ) -> Result<Comment, Error> {
        let comment = Comment::create(CommentCreate {
            ticket: ticket.id,
            tenant: ticket.tenant,
            text: text.into(),
        });
        if is_internal {
            return comment.is_internal(true).exec(&self.gm).await;
        }
        comment.exec(&self.gm).await
    }

    /// The titles of all tickets that the consumer can read, with their total.
    pub(super) async fn titles(&self) -> (Vec<String>, Option<u64>) {
        let tickets = Ticket::order_by(|ticket| ticket.title.asc())
            .all(&self.gm)
            .await
            .unwrap();
        let titles = tickets.iter().map(|ticket| ticket.title.clone()).collect();
        (titles, tickets.total_count())
    }
}

/// Waits until the manager's websocket is live. Then come its events.
async fn subscribed<M: Manager + Invalidates>(gm: &Gm) -> (Subscription, UnboundedReceiver<Event>) {
    let mut state = gm.subscription::<M>().unwrap();
    state.wait_for(SubscriptionState::is_live).await.unwrap();
    let (sender, events) = unbounded_channel();
    let subscription = gm.on_change::<M>(move |change| {
        let id = change.id().cloned().map(|id: Value| i64::from_value(id).unwrap());
        // The test may be over.
        let _ = sender.send((change.action(), id));
    });
    (subscription.unwrap(), events)
}

/// What the owner answered to a request that it refused: its status and its details.
pub(super) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> (u16, Option<Json>) {
    let error = result.unwrap_err();
    let remote = error.remote().unwrap_or_else(|| panic!("{error}"));
    (remote.status(), remote.details().cloned())
}
