//! The rows that other rows refer to.

use super::ReadFuture;
use super::related_read::{RelatedRead, RelatedRows};
use crate::gm::Gm;
use crate::manager::{Filters, Manager};
use crate::query::{DirectReference, ErasedManager, Rows};

impl<M: Manager> Rows<M> {
    /// The rows that these rows refer to by a field with `#[field(references = ..)]`, each of them once.
    ///
    /// The rows of another service are taken from the cache. One request reads up to 1,000 that are missing there, or several requests
    /// if a page of the owner has fewer rows. So a list with its related rows takes two requests, and none while both are
    /// cached. Rows in this service are read by one statement for each 1,000.
    ///
    /// ```
    /// use gm_runtime::{GeneralManager, Gm};
    ///
    /// #[derive(Clone, Debug, GeneralManager)]
    /// #[database(table = "customers")]
    /// pub struct Customer {
    ///     #[field(id)]
    ///     pub id: i64,
    ///     pub name: String,
    /// }
    ///
    /// #[derive(Clone, Debug, GeneralManager)]
    /// #[database(table = "tickets")]
    /// pub struct Ticket {
    ///     #[field(id)]
    ///     pub id: i64,
    ///     #[field(references = Customer)]
    ///     pub customer_id: i64,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// let gm = Gm::builder().in_memory::<Customer>().in_memory::<Ticket>().build().await?;
    /// let ada = Customer::create(CustomerCreate { name: "Ada".into() }).exec(&gm).await?;
    /// Ticket::create(TicketCreate { customer_id: ada.id }).exec(&gm).await?;
    ///
    /// let tickets = Ticket::all(&gm).await?;
    /// let customers = tickets.related(|t| t.customer, &gm).await?;
    /// for ticket in &tickets {
    ///     let customer = customers.get(&ticket.customer_id);
    ///     assert_eq!(customer.map(|customer| customer.name.as_str()), Some("Ada"));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of [`Query::all`](crate::Query::all) of the other rows.
    pub fn related<'g, R: DirectReference<M>>(
        &self,
        reference: impl FnOnce(M::Fields) -> R,
        gm: &'g Gm,
    ) -> ReadFuture<'g, RelatedRows<R::Row>>
    where
        for<'x> R::Row: Filters<'x>,
    {
        let _: R = reference(M::FIELDS);
        let ids = self
            .iter()
            .map(|row| row.to_record().get(R::FIELD).clone())
            .collect();
        ReadFuture::related_rows(RelatedRead::new(ids, gm, ErasedManager::of::<R::Row>()))
    }
}
