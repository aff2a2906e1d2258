//! Reads through the cache of a manager.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::answer::{self, Encoder};
use super::keys::Keys;
use super::resource::{row_key, slot};
use super::{CachedAnswer, Reach, ResourceCache, SendHook};
use crate::client::with_send_hook;
use crate::error::Error;
use crate::field::Value;
use crate::interface::Representation;
use crate::manager::{Description, Record};
use crate::protocol::loop_detection;
use crate::query::{Groups, KeyMemo, Question, RecordPage, Select};
use crate::trace;

/// How answers of one representation are cached.
pub(crate) struct Encoding {
    keys: Keys,
    encoder: Encoder,
}

impl ResourceCache {
    /// The cached answer to the question, if it is valid.
    #[inline]
    pub(crate) fn cached(
        &self,
        question: &Question<'_>,
        memo: &KeyMemo,
        representation: Representation<'_>,
    ) -> Option<CachedAnswer> {
        let keys = self.keys(representation);
        let (key, reach) = match question {
            Question::List { .. } | Question::Groups { .. } => (memo.key(question), Reach::List),
            // An id is an integer, a text or a UUID, which have one form. One that its field can't hold is not cached.
            Question::Row(id) => {
                let key = row_key(id);
                (key, Reach::Row(slot(key)))
            }
        };
        let key = keys.key(key);
        self.reads.recall(self.recent_entries.of(key), key, reach)
    }

    /// The rows of this select: the cached ones if they are valid, else those that `query` reads.
    pub(crate) async fn page<F>(
        &self,
        select: Select,
        fresh: bool,
        encoding: Encoding,
        query: impl FnOnce(Select) -> F + Send,
    ) -> Result<CachedAnswer, Error>
    where
        F: Future<Output = Result<RecordPage, Error>> + Send + 'static,
    {
        let question = Question::list(&select, select.count).key();
        let Encoding { keys, encoder } = encoding;
        let description = self.description;
        let key = (keys.key(question), loop_detection::chain());
        let fetch = |send_hook| {
            self.count_miss(key.0, Reach::List, fresh);
            let reachability = Arc::clone(&self.reachability);
            let page = query(select).map(move |page| {
                reachability.record(&page);
                encoder.page(page?)
            });
            shared(description, send_hook, page)
        };
        self.reads.read(key, Reach::List, fresh, fetch).await
    }

    /// The numbers of rows by the values of a field: the cached ones if they are valid, else those that `count` reads. Like a list,
    /// they end with each change.
    pub(crate) async fn groups<F>(
        &self,
        select: Select,
        field: u16,
        fresh: bool,
        count: impl FnOnce(Select) -> F + Send,
    ) -> Result<CachedAnswer, Error>
    where
        F: Future<Output = Result<Groups, Error>> + Send + 'static,
    {
        let question = Question::groups(&select, field).key();
        let description = self.description;
        let key = (self.records.key(question), loop_detection::chain());
        let fetch = |send_hook| {
            self.count_miss(key.0, Reach::List, fresh);
            let reachability = Arc::clone(&self.reachability);
            let groups = count(select).map(move |groups| {
                reachability.record(&groups);
                groups.map(answer::groups)
            });
            shared(description, send_hook, groups)
        };
        self.reads.read(key, Reach::List, fresh, fetch).await
    }

    /// The row with this id: the cached one if it is valid, else the one that `get` reads.
    pub(crate) async fn row<F>(
        &self,
        id: &Value,
        fresh: bool,
        encoding: Encoding,
        get: impl FnOnce(Value) -> F + Send,
    ) -> Result<CachedAnswer, Error>
    where
        F: Future<Output = Result<Record, Error>> + Send + 'static,
    {
        let question = row_key(id);
        let Encoding { keys, encoder } = encoding;
        let description = self.description;
        let key = (keys.key(question), loop_detection::chain());
        let reach = Reach::Row(slot(question));
        let fetch = |send_hook| {
            self.count_miss(key.0, reach, fresh);
            let reachability = Arc::clone(&self.reachability);
            let row = get(id.clone()).map(move |row| {
                reachability.record(&row);
                encoder.row(row?)
            });
            shared(description, send_hook, row)
        };
        self.reads.read(key, reach, fresh, fetch).await
    }

    /// How answers in this representation are cached.
    pub(crate) fn encoding(&self, representation: Representation<'_>) -> Encoding {
        Encoding {
            keys: self.keys(representation),
            encoder: Encoder::of(representation),
        }
    }

    /// The keys of the representation. Answers in JSON have one key, so only callers that may read every field read them.
    #[inline]
    fn keys(&self, representation: Representation<'_>) -> Keys {
        match representation {
            Representation::Typed(_) => self.typed,
            Representation::Json(_) => self.json,
            Representation::Records => self.records,
        }
    }
}

/// A read that several callers can share. It calls the hook when its request is sent. A panic in it, for example in a
/// field's own type, is an error for each caller. Otherwise the panic would reach only the caller that polls, and the others
/// would wait forever.
fn shared<T>(
    description: &'static Description,
    send_hook: Arc<dyn SendHook>,
    reading: impl Future<Output = Result<T, Error>>,
) -> impl Future<Output = Result<T, Error>> {
    let reading = trace::inherit(loop_detection::inherit(reading));
    let reading = AssertUnwindSafe(with_send_hook(send_hook, reading)).catch_unwind();
    reading.map(|read| {
        read.unwrap_or_else(|_| {
            let manager = description.name();
            Err(Error::storage(anyhow::anyhow!("reading a `{manager}` panicked")))
        })
    })
}
