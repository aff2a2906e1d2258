//! One manager of a handle: its storage, with checks and permissions in front of it.

#[cfg(feature = "client")]
use std::borrow::Cow;
use std::sync::Arc;

use super::Principal;
use crate::change::{Change, Topic};
#[cfg(feature = "client")]
use crate::client::Form;
use crate::error::{Error, IdText};
use crate::field::Value;
use crate::interface::{BoxFuture, ErasedInterface, Proposal, Write, Writes, Written};
#[cfg(all(feature = "client", feature = "server"))]
use crate::manager::json_of;
use crate::manager::{Answer, Description, Kind, Operation, Purpose, Record, Records};
#[cfg(feature = "server")]
use crate::protocol::reply::{Items, ItemsPage, RowWriter};
use crate::query::pattern::PatternTime;
use crate::query::{ReadTime, RecordPage, Select, pattern, read_time};

/// A manager that a handle knows. Both typed verbs and the REST handlers go through here, so that checks and
/// permissions are written once.
pub(crate) struct Managed {
    description: &'static Description,
    interface: Arc<dyn ErasedInterface>,
    topic: Arc<Topic>,
    writes: Arc<Writes>,
    pattern_time: PatternTime,
    /// How long a read may take, of storage that neither keeps time itself nor compiles patterns on threads of its own.
    read_time: Option<ReadTime>,
    #[cfg(feature = "client")]
    cache: Option<Arc<crate::client::ResourceCache>>,
    #[cfg(all(feature = "client", feature = "server"))]
    via: Option<crate::client::Via>,
}

impl Managed {
    /// A manager whose rows live in this service.
    pub(crate) fn local(
        description: &'static Description,
        interface: Arc<dyn ErasedInterface>,
        topic: Arc<Topic>,
        writes: Arc<Writes>,
        pattern_time: PatternTime,
    ) -> Self {
        Self {
            description,
            interface,
            topic,
            writes,
            pattern_time,
            read_time: None,
            #[cfg(feature = "client")]
            cache: None,
            #[cfg(all(feature = "client", feature = "server"))]
            via: None,
        }
    }

    /// The same of storage that is an application's own: with a limit to the time of each read, and perhaps a gateway.
    pub(crate) fn of_own(mut self, limit: ReadTime) -> Self {
        self.read_time = Some(limit);
        #[cfg(all(feature = "client", feature = "server"))]
        {
            self.via = Some(crate::client::Via::new());
        }
        self
    }

    /// A manager whose rows are another service's.
    #[cfg(feature = "client")]
    pub(crate) fn remote(
        description: &'static Description,
        connected: crate::client::Connected,
        writes: Arc<Writes>,
    ) -> Self {
        Self {
            description,
            interface: connected.interface,
            topic: connected.topic,
            writes,
            // They are the other service's to match.
            pattern_time: PatternTime::default(),
            read_time: None,
            cache: Some(connected.cache),
            #[cfg(feature = "server")]
            via: Some(crate::client::Via::new()),
        }
    }

    #[cfg(feature = "server")]
    pub(crate) fn description(&self) -> &'static Description {
        self.description
    }

    pub(crate) fn topic(&self) -> &Arc<Topic> {
        &self.topic
    }

    #[cfg(feature = "client")]
    pub(crate) fn cache(&self) -> Option<&Arc<crate::client::ResourceCache>> {
        self.cache.as_ref()
    }

    /// The name by which requests say that they were passed on, where the rows are another service's, or may be: an
    /// application's own storage may ask one.
    #[cfg(all(feature = "client", feature = "server"))]
    pub(crate) fn via(&self) -> Option<&crate::client::Via> {
        self.via.as_ref()
    }

    /// Publishes a change that was made past this manager.
    pub(crate) fn publish(&self, change: &Change) {
        #[cfg(feature = "client")]
        if let Some(cache) = &self.cache {
            // The cache notifies the subscribers, once it serves nothing from before.
            for sibling in cache.siblings() {
                sibling.publish(change);
            }
            return;
        }
        self.topic.publish(change);
    }

    /// Whether the caller may; the service's own code (no principal) always may.
    pub(crate) fn allows(&self, operation: Operation, principal: Option<&Principal>) -> bool {
        principal.is_none_or(|principal| self.description.permissions().allow(operation, principal))
    }

    /// Whether the caller may be told of changes, wherever they are told.
    pub(crate) fn require_hearing(&self, principal: Option<&Principal>) -> Result<(), Error> {
        self.require(Operation::Detail, principal)
    }

    /// Whether the caller may say that anything has changed: who may read rows, and write some.
    pub(crate) fn require_refresh(&self, principal: Option<&Principal>) -> Result<(), Error> {
        self.require_hearing(principal)?;
        let writes = [Operation::Create, Operation::Delete];
        if writes
            .into_iter()
            .any(|operation| self.allows(operation, principal))
        {
            return Ok(());
        }
        self.require(Operation::Update, principal)
    }

    /// Whether the manager says anything of callers, where there is one.
    fn require_rules(&self, principal: Option<&Principal>) -> Result<(), Error> {
        if principal.is_some() && self.description.api().is_none() {
            let manager = self.description.name();
            return Err(Error::NoPermissions { manager });
        }
        Ok(())
    }

    fn require(&self, operation: Operation, principal: Option<&Principal>) -> Result<(), Error> {
        self.require_rules(principal)?;
        if self.allows(operation, principal) {
            Ok(())
        } else {
            Err(Error::PermissionDenied {
                manager: self.description.name(),
                operation,
            })
        }
    }

    fn not_found(&self, id: &Value) -> Error {
        Error::NotFound {
            manager: self.description.name(),
            id: IdText::of(id),
        }
    }

    /// The rows that match and that the caller may read.
    pub(crate) async fn page(
        &self,
        mut select: Select,
        fresh: bool,
        principal: Option<&Principal>,
        kind: &'static Kind,
    ) -> Result<Answer, Error> {
        select.check(self.description)?;
        self.description.normalize_select(&mut select)?;
        self.check_patterns(&select)?;
        self.require_rules(principal)?;
        if !self.allows(Operation::Filter, principal) {
            return kind.page(RecordPage::new(
                Records::new(self.description),
                select.count.then_some(0),
            ));
        }
        #[cfg(feature = "client")]
        if let Some(cache) = &self.cache {
            return cache
                .page(&self.interface, Cow::Owned(select), fresh, Form::Typed(kind))
                .await;
        }
        let _ = fresh;
        match (select.page, select.page_size) {
            // Every page is wanted: here that is one read.
            (None, Some(_)) => select.page_size = None,
            (Some(_), None) => select.page_size = Some(self.description.default_page_size()),
            _ => {}
        }
        let mut page = self.in_time(&select, self.interface.query(&select)).await?;
        // Storage need not repeat what it was asked for; without it, it would be taken for every row.
        page.page_size = page.page_size.or(select.page.and(select.page_size));
        kind.page(page)
    }

    /// The row of this id, if there is one and the caller may read it.
    pub(crate) async fn row(
        &self,
        id: Value,
        fresh: bool,
        principal: Option<&Principal>,
        kind: &'static Kind,
    ) -> Result<Answer, Error> {
        self.require_rules(principal)?;
        let id = self
            .description
            .id_field()
            .normalize(id, Purpose::Compare)
            .map_err(|error| self.description.invalid(self.description.id_index(), error))?;
        #[cfg(feature = "client")]
        if let Some(cache) = &self.cache {
            self.require(Operation::Detail, principal)?;
            return cache.row(&self.interface, id, fresh, Form::Typed(kind)).await;
        }
        let _ = (fresh, kind);
        Ok(Answer::Record(self.record(&id, principal).await?))
    }

    /// The row of this id that is kept and still true, if the caller may read it.
    #[cfg(feature = "client")]
    pub(crate) fn recall_row(&self, id: &Value, principal: Option<&Principal>) -> Option<Answer> {
        let cache = self.cache.as_ref()?;
        let id = self
            .description
            .id_field()
            .normalize(id.clone(), Purpose::Compare);
        let id = id.ok().filter(|_| self.allows(Operation::Detail, principal))?;
        cache.recall_row(&id)
    }

    /// The rows that match, as JSON, where the caller may read any.
    #[cfg(feature = "server")]
    pub(crate) async fn json_page(
        &self,
        select: &Select,
        writer: &Arc<RowWriter>,
        principal: &Principal,
    ) -> Result<ItemsPage, Error> {
        self.require(Operation::Filter, Some(principal))?;
        #[cfg(feature = "client")]
        if let Some(cache) = &self.cache {
            let form = Form::Json(Arc::clone(writer));
            let page = cache.page(&self.interface, Cow::Borrowed(select), false, form);
            return json_of(&page.await?);
        }
        self.check_patterns(select)?;
        let query = self.interface.query_json(select, writer);
        let mut page = self.in_time(select, query).await?;
        // Storage need not repeat what it was asked for.
        page.page_size = page.page_size.or(select.page_size);
        Ok(page)
    }

    /// The row of this id, as JSON.
    #[cfg(feature = "server")]
    pub(crate) async fn json_row(
        &self,
        id: &Value,
        writer: &Arc<RowWriter>,
        principal: &Principal,
    ) -> Result<Items, Error> {
        #[cfg(feature = "client")]
        if let Some(cache) = &self.cache {
            // Before another service is asked, which tells its callers itself what is not there.
            self.require(Operation::Detail, Some(principal))?;
            let form = Form::Json(Arc::clone(writer));
            let row = cache.row(&self.interface, id.clone(), false, form).await?;
            return json_of(&row).map(|page| page.items);
        }
        let row = self.in_read_time(self.interface.get_json(id, writer)).await?;
        let row = row.ok_or_else(|| self.not_found(id))?;
        self.require(Operation::Detail, Some(principal))?;
        Ok(row)
    }

    /// The row of this id, without its type.
    async fn record(&self, id: &Value, principal: Option<&Principal>) -> Result<Record, Error> {
        let record = self.in_read_time(self.interface.get(id)).await?;
        let record = record.ok_or_else(|| self.not_found(id))?;
        self.require(Operation::Detail, principal)?;
        Ok(record)
    }

    /// Carries out a write that is permitted and whose values fit.
    pub(crate) async fn write(&self, write: Write, principal: Option<&Principal>) -> Result<Written, Error> {
        let (operation, id) = match &write {
            Write::Create(_) => (Operation::Create, None),
            Write::Update(id, _) => (Operation::Update, Some(id.clone())),
            Write::Delete(id, _) => (Operation::Delete, Some(id.clone())),
        };
        self.write_with(operation, id.as_ref(), || Ok(write.into()), principal)
            .await
    }

    /// The same for a write that is made late: a row that is not there comes before a denied permission, and that
    /// before whatever is wrong with the write, as the contract wants it. Another service is asked for the row only on
    /// behalf of a caller who may write: what this service's own code can't send is refused without a request.
    pub(crate) async fn write_with<E: From<Error>>(
        &self,
        operation: Operation,
        id: Option<&Value>,
        make: impl FnOnce() -> Result<Proposal, E>,
        principal: Option<&Principal>,
    ) -> Result<Written, E> {
        let permitted = self.require(operation, principal);
        let asks_for_another = permitted.is_ok() && principal.is_some();
        let prepared = permitted
            .map_err(E::from)
            .and_then(|()| make())
            .and_then(|proposal| self.prepare(proposal).map_err(E::from));
        let written = match (prepared, id) {
            (Ok(write), _) => self.carry_out(write).await?,
            // The usual write costs no read for this order of checks: only a refused one looks whether the row exists.
            (Err(error), Some(id)) if self.is_local() => {
                match self.in_read_time(self.interface.get(id)).await? {
                    Some(_) => return Err(error),
                    None => Written::Missing,
                }
            }
            (Err(error), Some(id)) if asks_for_another => match self.interface.get(id).await {
                Err(missing) if missing.is_not_found() => Written::Missing,
                // Where the owner can't be asked, what is wrong with the write is all that is known.
                _ => return Err(error),
            },
            (Err(error), _) => return Err(error),
        };
        match (written, id) {
            (Written::Missing, Some(id)) => Err(self.not_found(id).into()),
            (Written::Row(_), _) if !self.allows(Operation::Detail, principal) => Ok(Written::Unreadable),
            (written, _) => Ok(written),
        }
    }

    async fn carry_out(&self, write: Write) -> Result<Written, Error> {
        let in_flight = self.writes.begin()?;
        #[cfg(feature = "client")]
        if let Some(cache) = &self.cache {
            return cache.write(&self.interface, write, in_flight).await;
        }
        self.interface.write(write, in_flight).await
    }

    /// Patterns are judged by whoever matches them: another service may know other ones.
    fn check_patterns(&self, select: &Select) -> Result<(), Error> {
        if self.is_local() {
            select.check_patterns(self.description)?;
        }
        Ok(())
    }

    async fn in_time<T>(&self, select: &Select, query: BoxFuture<'_, Result<T, Error>>) -> Result<T, Error> {
        if self.is_local() && select.has_patterns() {
            let (limit, description) = (self.pattern_time, self.description);
            let query = async {
                let patterns = if self.read_time.is_some() {
                    pattern::compile(limit, description, select.patterns()).await?
                } else {
                    pattern::Patterns::default()
                };
                pattern::in_time(limit, description.name(), patterns, query).await
            };
            return self.in_read_time(query).await;
        }
        self.in_read_time(query).await
    }

    async fn in_read_time<T>(&self, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        match self.read_time {
            Some(limit) => read_time::in_time(limit, read).await,
            None => read.await,
        }
    }

    /// Whether this process holds the rows, and so judges their values.
    pub(crate) fn is_local(&self) -> bool {
        #[cfg(feature = "client")]
        return self.cache.is_none();
        #[cfg(not(feature = "client"))]
        true
    }

    fn prepare(&self, Proposal { write, mut errors }: Proposal) -> Result<Write, Error> {
        // Lengths, blanks and defaults are the owner's to judge.
        let purpose = if self.is_local() {
            Purpose::Store
        } else {
            Purpose::Compare
        };
        let description = self.description;
        let write = match write {
            Write::Create(values) => {
                let mut values = description.normalize_values(values, purpose, &mut errors);
                if self.is_local() {
                    description.complete(&mut values, &mut errors);
                }
                Write::Create(values)
            }
            Write::Update(id, values) => {
                Write::Update(id, description.normalize_values(values, purpose, &mut errors))
            }
            delete @ Write::Delete(..) => delete,
        };
        description.refuse(errors).map(|()| write)
    }
}
