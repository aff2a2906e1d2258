//! Routing: the resource and the route of a path.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::schema::Sights;
use super::settings::ServerSettings;
use super::websocket::Hub;
use crate::access::Managed;
use crate::change::Subscription;
use crate::error::Error;
use crate::features::telemetry::RouteMetrics;
use crate::manager::{Api, Description, Operation};
use crate::protocol::features::Features;
use crate::protocol::row_writers::RowWriters;

/// A route of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'p> {
    /// `<resource>/query`
    Query,
    /// `<resource>`
    Collection,
    /// `<resource>/<id>`, with the id as it is in the URL.
    Item(&'p str),
    /// `ws/<resource>`
    Events,
    /// `_batch`
    Batch,
    /// `_schema`
    Schema,
    /// `_openapi.json`
    OpenApi,
    /// `_docs`, or `_docs/<name>` with the name of a file.
    Docs(&'p str),
}

/// An exposed manager.
pub(crate) struct Resource {
    pub(crate) managed: Arc<Managed>,
    pub(crate) description: &'static Description,
    pub(crate) api: Api,
    pub(crate) rows: RowWriters,
    /// The subscribers, if the resource has a websocket.
    pub(crate) hub: Option<Arc<Hub>>,
    /// The schemas that callers may see, if they are served.
    pub(super) sights: Option<Sights>,
    metrics: ResourceMetrics,
    _subscription: Option<Subscription>,
}

/// The metrics of a resource's routes.
struct ResourceMetrics {
    query: RouteMetrics,
    collection: RouteMetrics,
    item: RouteMetrics,
    events: RouteMetrics,
}

impl ResourceMetrics {
    fn new(api: &Api) -> Self {
        let (base, resource) = (api.base_path(), api.resource());
        let route = |path: String| RouteMetrics::new(|| Some(path));
        Self {
            query: route(format!("{base}/{resource}/query")),
            collection: route(format!("{base}/{resource}")),
            item: route(format!("{base}/{resource}/{{id}}")),
            events: route(format!("{base}/ws/{resource}")),
        }
    }
}

/// The resources with the same base path.
pub(crate) struct Base {
    path: &'static str,
    // A tree: a lookup in a hash table would hash the name, which costs more than a few comparisons.
    resources: BTreeMap<&'static str, Resource>,
    serves_openapi: bool,
    serves_docs: bool,
    /// Whether it was logged that the routes are in a scope.
    scope_logged: AtomicBool,
    batch_metrics: RouteMetrics,
    schema_metrics: RouteMetrics,
    openapi_metrics: RouteMetrics,
    docs_metrics: RouteMetrics,
    /// Of websockets of resources that do not exist.
    unknown_metrics: RouteMetrics,
}

/// The resource and the route of a path.
#[derive(Clone, Copy)]
pub(crate) struct Resolved<'a> {
    /// `None` for a batch and the schema, and for the websocket of a resource that is unknown or has no websocket.
    pub(crate) resource: Option<&'a Resource>,
    pub(crate) route: Route<'a>,
}

impl Resource {
    fn new(managed: Arc<Managed>, api: Api, settings: &ServerSettings) -> Self {
        let description = managed.description();
        let hub = api
            .websocket_invalidation()
            .then(|| Arc::new(Hub::new(description, api, settings)));
        let subscription = hub
            .as_ref()
            .map(|hub| managed.topic().subscribe(Arc::clone(hub) as _));
        Self {
            description,
            api,
            rows: RowWriters::new(description, settings.response_bytes),
            hub,
            sights: settings.serves_schema.then(Sights::default),
            metrics: ResourceMetrics::new(&api),
            _subscription: subscription,
            managed,
        }
    }

    /// The extensions that the replies announce. A gateway announces what its owner announced last, which may be in the reply
    /// that it just forwarded.
    pub(crate) fn features(&self) -> Features {
        match self.sights {
            Some(_) => self.managed.features().with(Features::SCHEMA),
            None => self.managed.features(),
        }
    }

    /// Whether answers are stored under idempotency keys. Those of a gateway are stored by the owner of the rows.
    pub(super) fn stores_answers(&self) -> bool {
        self.managed.cache().is_none() && self.managed.features().contains(Features::IDEMPOTENCY)
    }

    /// The allowed methods of a route, and their operations.
    pub(crate) fn methods(&self, route: Route<'_>) -> impl Iterator<Item = (&'static str, Operation)> {
        let methods: &'static [(&'static str, Operation)] = match route {
            Route::Query => &[("POST", Operation::Filter)],
            Route::Collection => &[("POST", Operation::Create)],
            Route::Item(_) => &[
                ("GET", Operation::Detail),
                ("PATCH", Operation::Update),
                ("DELETE", Operation::Delete),
            ],
            Route::Events | Route::Batch | Route::Schema | Route::OpenApi | Route::Docs(_) => &[],
        };
        let allowed = self.api.operations();
        methods
            .iter()
            .copied()
            .filter(move |(_, operation)| allowed.contains(*operation))
    }
}

impl Base {
    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    pub(crate) fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values()
    }

    /// The template of a route's path.
    pub(super) fn template(&self, resolved: &Resolved<'_>) -> String {
        let base = self.path;
        let resource = resolved
            .resource
            .map_or("{resource}", |resource| resource.api.resource());
        match resolved.route {
            Route::Query => format!("{base}/{resource}/query"),
            Route::Collection => format!("{base}/{resource}"),
            Route::Item(_) => format!("{base}/{resource}/{{id}}"),
            Route::Events => format!("{base}/ws/{resource}"),
            Route::Batch => format!("{base}/_batch"),
            Route::Schema => format!("{base}/_schema"),
            Route::OpenApi => format!("{base}/_openapi.json"),
            Route::Docs(_) => format!("{base}/_docs"),
        }
    }

    /// The metrics of a route.
    pub(super) fn metrics<'a>(&'a self, resolved: &Resolved<'a>) -> &'a RouteMetrics {
        let metrics = resolved.resource.map(|resource| &resource.metrics);
        match (resolved.route, metrics) {
            (Route::Batch, _) => &self.batch_metrics,
            (Route::Schema, _) => &self.schema_metrics,
            (Route::OpenApi, _) => &self.openapi_metrics,
            (Route::Docs(_), _) => &self.docs_metrics,
            (_, None) => &self.unknown_metrics,
            (Route::Query, Some(metrics)) => &metrics.query,
            (Route::Collection, Some(metrics)) => &metrics.collection,
            (Route::Item(_), Some(metrics)) => &metrics.item,
            (Route::Events, Some(metrics)) => &metrics.events,
        }
    }

    /// The resource of this name.
    pub(super) fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.get(name)
    }

    /// The protocol version of the first resource.
    pub(super) fn first_version(&self) -> &'static str {
        let mut resources = self.resources.values();
        resources
            .next()
            .map_or("", |resource| resource.api.protocol_version())
    }

    /// The protocol version of batches. `None` if no resource can be part of one.
    pub(super) fn batch_version(&self) -> Option<&'static str> {
        let mut resources = self.resources.values();
        let first = resources.find(|resource| resource.managed.features().contains(Features::BATCH))?;
        Some(first.api.protocol_version())
    }

    /// The extensions that batches support.
    pub(super) fn batch_features(&self) -> Features {
        match self.resources.values().any(Resource::stores_answers) {
            true => Features::BATCH.with(Features::IDEMPOTENCY),
            false => Features::BATCH,
        }
    }

    /// Whether the path has a route. If the service is in a scope, no path has one, and an error is logged once.
    pub(crate) fn serves(&self, path: &str) -> bool {
        let served = self.resolve(path).is_some();
        if !served
            && let Some((scope, rest)) = path
                .find(self.path)
                .and_then(|start| path.split_at_checked(start))
            && self.resolve(rest).is_some()
            && !self.scope_logged.swap(true, Ordering::Relaxed)
        {
            tracing::error!(
                path,
                base_path = self.path,
                "not found, since `gm.services()` is configured on the scope `{scope}`: configure it on the `App` itself, and add \
                 the scope's path to the `base_path` of `#[remote_api(..)]` and `#[remote_manager(..)]`"
            );
        }
        served
    }

    /// The resource and the route of a path, which is not decoded. Only the id is decoded, later and once.
    pub(crate) fn resolve<'a>(&'a self, path: &'a str) -> Option<Resolved<'a>> {
        let (first, rest) = first_segment(path.strip_prefix(self.path)?.strip_prefix('/')?);
        let (second, rest) = rest.map(first_segment).unzip();
        let (third, rest) = rest.flatten().map(first_segment).unzip();
        if rest.flatten().is_some() {
            return None;
        }
        let (resource, route) = match (first, second, third) {
            ("_batch", None, None) => (None, Route::Batch),
            ("_schema", None, None) => (None, Route::Schema),
            ("_openapi.json", None, None) => (None, Route::OpenApi),
            ("_docs", name, None) if name != Some("") => (None, Route::Docs(name.unwrap_or_default())),
            ("ws", Some(name), None | Some("")) => {
                let resource = self.resources.get(name).filter(|resource| resource.hub.is_some());
                (resource, Route::Events)
            }
            (name, None, None) => (Some(self.resources.get(name)?), Route::Collection),
            (name, Some("query"), None) => (Some(self.resources.get(name)?), Route::Query),
            (name, Some(id), None) if !id.is_empty() => (Some(self.resources.get(name)?), Route::Item(id)),
            _ => return None,
        };
        // A route without an enabled operation does not exist.
        let exists = match route {
            Route::Events => true,
            Route::Batch => self.batch_version().is_some(),
            Route::OpenApi => self.serves_openapi,
            Route::Docs(_) => self.serves_docs,
            Route::Schema => self.resources().any(|resource| resource.sights.is_some()),
            _ => resource.is_some_and(|found| found.methods(route).next().is_some()),
        };
        exists.then_some(Resolved { resource, route })
    }
}

/// The first segment of a path, and what is behind its slash.
///
/// Both steps of the routing call it for each request. `str::split_once` takes twice as many instructions for short segments.
fn first_segment(path: &str) -> (&str, Option<&str>) {
    let slash = path.bytes().position(|byte| byte == b'/');
    match slash.and_then(|slash| Some((path.get(..slash)?, path.get(slash.checked_add(1)?..)?))) {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    }
}

/// Groups the exposed managers by base path.
pub(crate) fn bases(exposed: Vec<Arc<Managed>>, settings: &ServerSettings) -> Result<Vec<Arc<Base>>, Error> {
    let mut bases: Vec<Base> = Vec::new();
    for managed in exposed {
        let description = managed.description();
        let Some(api) = description.api().copied() else {
            return Err(Error::Configuration(format!(
                "`{}` has no `#[remote_api(..)]`, so there is nothing to expose",
                description.name()
            )));
        };
        let resource = Resource::new(managed, api, settings);
        let base = match bases.iter_mut().find(|base| base.path == api.base_path()) {
            Some(base) => base,
            None => bases.push_mut(Base {
                path: api.base_path(),
                resources: BTreeMap::new(),
                serves_openapi: settings.openapi.is_some(),
                serves_docs: settings.serves_docs,
                scope_logged: AtomicBool::new(false),
                batch_metrics: RouteMetrics::new(|| Some(format!("{}/_batch", api.base_path()))),
                schema_metrics: RouteMetrics::new(|| Some(format!("{}/_schema", api.base_path()))),
                openapi_metrics: RouteMetrics::new(|| Some(format!("{}/_openapi.json", api.base_path()))),
                docs_metrics: RouteMetrics::new(|| Some(format!("{}/_docs", api.base_path()))),
                unknown_metrics: RouteMetrics::new(|| None),
            }),
        };
        if let Some(other) = base.resources.insert(api.resource(), resource) {
            return Err(Error::Configuration(format!(
                "`{}` and `{}` are both exposed as `{}/{}`: give one of them another `resource` or `base_path`",
                other.description.name(),
                description.name(),
                api.base_path(),
                api.resource()
            )));
        }
        tracing::info!(
            manager = description.name(),
            base_path = api.base_path(),
            resource = api.resource(),
            "exposed"
        );
    }
    Ok(bases.into_iter().map(Arc::new).collect())
}
