//! The handshake of schemas: requests the schema of an owner once for each hash, and compares it with the struct.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::schema_check::{Knowledge, KnownSchemas, Question};
use super::verdict::Verdict;
use crate::client::{Call, Requester};
use crate::detached::detached;
use crate::error::{DecodeFailure, Error, Extension, Method, Operation, SchemaMismatch};
use crate::interface::Write;
use crate::manager::{Description, Remote};
use crate::protocol::features::Features;
use crate::protocol::schema_hash::SchemaHash;
use crate::schema::{
    Breaks, Difference, DifferenceKind, ResourceSchema, Schema, compare_with_owner, expected,
};
use crate::time_limit::with_time_limit;

/// The most bytes of the schema of one resource.
const MAX_BYTES: usize = 1 << 20;
/// The time limit of a question.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// The most differences of a line of the log.
const MAX_LOGGED: usize = 10;

/// The handshake of one manager with its owner.
pub(super) struct Handshake {
    description: &'static Description,
    remote: Remote,
    url: String,
    /// Its announcements are those of the schema's route.
    requester: Requester,
    known: KnownSchemas,
}

impl Handshake {
    pub(super) fn new(
        description: &'static Description,
        remote: &Remote,
        url: String,
        requester: &Requester,
    ) -> Arc<Self> {
        Arc::new(Self {
            description,
            remote: *remote,
            url,
            requester: requester.of_documents(MAX_BYTES),
            known: KnownSchemas::default(),
        })
    }

    /// Whether the struct is known to fit the schema of this hash, or is not to be compared.
    pub(super) fn needs_no_check(&self, hash: SchemaHash) -> bool {
        self.known.fits(hash) || !self.requester.check_schemas()
    }

    /// What the schema of this hash means for the struct, and whether it was found out just now. `None` if it is not known in time.
    async fn verdict(self: &Arc<Self>, hash: SchemaHash) -> Option<(Arc<Verdict>, bool)> {
        let question = match self.known.look_up(hash, || self.begin()) {
            Knowledge::Known(verdict) => return Some((verdict, false)),
            Knowledge::Asked(question) => question,
            Knowledge::Nothing => return None,
        };
        let (left, answered) = question.wait()?;
        with_time_limit(left, answered).await?;
        self.known.verdict(hash).map(|verdict| (verdict, true))
    }

    /// What the schema means that the owner has now. `None` if it is not known in time.
    async fn verdict_now(self: &Arc<Self>) -> Option<Arc<Verdict>> {
        let question = self.known.ask_again(|| self.begin())?;
        let (left, answered) = question.wait()?;
        with_time_limit(left, answered).await?;
        self.known.latest()
    }

    /// Begins a question, which goes on without those that wait for it.
    fn begin(self: &Arc<Self>) -> Question {
        let this = Arc::clone(self);
        let asking = async move {
            let answer = with_time_limit(TIME_LIMIT, Box::pin(this.ask())).await;
            let verdict = match answer {
                Some(Ok(Some(owner))) => this.judge(&owner),
                Some(Ok(None)) | None => None,
                Some(Err(Error::Unsupported { .. })) => {
                    this.known.forget();
                    None
                }
                Some(Err(error)) => {
                    let manager = this.description.name();
                    tracing::debug!(manager, "the schema of the owner could not be read: {error}");
                    None
                }
            };
            this.known.note(verdict);
        };
        Question::new(detached(asking).map(drop).boxed().shared())
    }

    fn judge(&self, owner: &ResourceSchema) -> Option<(SchemaHash, Verdict)> {
        let hash = SchemaHash::read(&owner.hash)?;
        let differences = self.compare(Some(owner));
        self.log(&differences);
        Some((hash, Verdict::new(differences, owner)))
    }

    fn compare(&self, owner: Option<&ResourceSchema>) -> Vec<Difference> {
        compare_with_owner(&expected(self.description, &self.remote), owner)
    }

    /// Logs the differences, each once a schema.
    fn log(&self, differences: &[Difference]) {
        let texts = |of_readers: bool| {
            // An operation that the owner does not offer is often one that the consumer never uses.
            let is_of_readers = |found: &&Difference| {
                found.breaks == Breaks::Readers && !matches!(found.kind, DifferenceKind::OperationRemoved(_))
            };
            let concerned = differences.iter();
            let concerned = concerned.filter(|found| is_of_readers(found) == of_readers);
            let texts: Vec<_> = concerned.take(MAX_LOGGED).map(ToString::to_string).collect();
            texts.join("; ")
        };
        let (manager, url) = (self.description.name(), self.url.as_str());
        let (breaking, others) = (texts(true), texts(false));
        if !breaking.is_empty() {
            tracing::warn!(manager, url, "the schema of the owner breaks reads: {breaking}");
        }
        if !others.is_empty() {
            tracing::debug!(manager, url, "the schema of the owner differs: {others}");
        }
    }

    /// Requests the schema of the resource. `None` if it serves none to this service.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an owner without schemas.
    async fn ask(&self) -> Result<Option<ResourceSchema>, Error> {
        let sent = self.requester.send(Call {
            verb: "schema",
            method: Method::Get,
            url: self.url.clone(),
            body: None,
            read: true,
            protocol_version: self.remote.protocol_version(),
            expected_version: None,
            key: None,
        });
        let sent = sent.await;
        let manager = self.description.name();
        let announced = self.requester.announced().unwrap_or_default();
        let reply = match sent {
            Err(Error::Remote(error)) if matches!(error.status(), 404 | 405) => {
                return match announced.contains(Features::SCHEMA) {
                    true => Ok(None),
                    false => Err(Error::Unsupported {
                        manager,
                        extension: Extension::Schema,
                    }),
                };
            }
            sent => sent?,
        };
        let schema = match Schema::from_json(&reply.body) {
            Ok(schema) => schema,
            Err(error) => {
                return Err(reply.decode_error(manager, DecodeFailure::of_response(error.to_string())));
            }
        };
        let mut resources = schema.resources.into_iter();
        let path = (self.remote.base_path(), self.remote.resource());
        Ok(resources.find(|resource| resource.path() == path))
    }

    fn mismatch(&self, operation: Operation, differences: &[&Difference]) -> Error {
        let manager = self.description.name();
        let texts = differences.iter().map(ToString::to_string);
        Error::SchemaMismatch(Arc::new(SchemaMismatch::new(
            manager, operation, &self.url, texts,
        )))
    }

    /// Refuses rows with the schema of this hash if none of them can be read.
    pub(super) async fn check_read(
        self: &Arc<Self>,
        hash: SchemaHash,
        operation: Operation,
    ) -> Result<(), Error> {
        let Some((verdict, _)) = self.verdict(hash).await else {
            return Ok(());
        };
        match &*verdict.of_read(operation) {
            [] => Ok(()),
            differences => Err(self.mismatch(operation, differences)),
        }
    }

    /// The differences of the struct from the schema that the owner has now.
    pub(super) async fn differences(&self) -> Result<Vec<Difference>, Error> {
        let owner = self.ask().await?;
        Ok(self.compare(owner.as_ref()))
    }

    /// Refuses a write that fails for certain under the schema of this hash, before it is sent.
    pub(super) async fn check_write(self: &Arc<Self>, hash: SchemaHash, write: &Write) -> Result<(), Error> {
        let Some((verdict, is_new)) = self.verdict(hash).await else {
            return Ok(());
        };
        let differences = verdict.of_write(self.description, write);
        if differences.is_empty() {
            return Ok(());
        }
        // No reply of a write that is not sent would show that the owner was mended.
        let latest = if is_new { None } else { self.verdict_now().await };
        // The owner has no schemas any more.
        if latest.is_none() && self.known.latest().is_none() {
            return Ok(());
        }
        let differences = match &latest {
            Some(latest) => latest.of_write(self.description, write),
            None => differences,
        };
        let operation = match write {
            Write::Create(_) => Operation::Create,
            Write::Update(..) => Operation::Update,
            Write::Delete(..) => Operation::Delete,
        };
        match &*differences {
            [] => Ok(()),
            differences => Err(self.mismatch(operation, differences)),
        }
    }
}
