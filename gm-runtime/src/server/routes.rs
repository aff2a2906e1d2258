//! Which resource, and which of its routes, a path names.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::settings::ServerSettings;
use super::websocket::Hub;
use crate::access::Managed;
use crate::change::Subscription;
use crate::error::Error;
use crate::manager::{Api, Description, Operation};
use crate::protocol::items::RowWriter;

/// One of a resource's routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'p> {
    /// `<resource>/query`
    Query,
    /// `<resource>`
    Collection,
    /// `<resource>/<id>`, the id as it stands in the URL.
    Item(&'p str),
    /// `ws/<resource>`
    Events,
}

/// An exposed manager.
pub(crate) struct Resource {
    pub(crate) managed: Arc<Managed>,
    pub(crate) description: &'static Description,
    pub(crate) api: Api,
    pub(crate) rows: Arc<RowWriter>,
    /// The sockets of its subscribers, where it has a websocket.
    pub(crate) hub: Option<Arc<Hub>>,
    _subscription: Option<Subscription>,
}

/// The resources under one base path.
pub(crate) struct Base {
    path: &'static str,
    resources: HashMap<&'static str, Resource>,
    /// Whether the log says that the routes lie in a scope.
    misplaced: AtomicBool,
}

/// What a path names.
#[derive(Clone, Copy)]
pub(crate) struct Resolved<'a> {
    /// Absent for the websocket of a resource that has none.
    pub(crate) resource: Option<&'a Resource>,
    pub(crate) route: Route<'a>,
}

impl Resource {
    fn new(managed: Arc<Managed>, api: Api, settings: &ServerSettings) -> Self {
        let description = managed.description();
        let hub = api
            .websocket_invalidation()
            .then(|| Arc::new(Hub::new(api, settings)));
        let subscription = hub
            .as_ref()
            .map(|hub| managed.topic().subscribe(Arc::clone(hub) as _));
        Self {
            description,
            api,
            rows: Arc::new(RowWriter::new(description, settings.answer_bytes)),
            hub,
            _subscription: subscription,
            managed,
        }
    }

    /// The methods of a route, and what each of them does.
    pub(crate) fn methods(&self, route: Route<'_>) -> impl Iterator<Item = (&'static str, Operation)> {
        let methods: &'static [(&'static str, Operation)] = match route {
            Route::Query => &[("POST", Operation::Filter)],
            Route::Collection => &[("POST", Operation::Create)],
            Route::Item(_) => &[
                ("GET", Operation::Detail),
                ("PATCH", Operation::Update),
                ("DELETE", Operation::Delete),
            ],
            Route::Events => &[],
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

    /// Whether a path names something. Says once in the log where it does not because of what is before the base path: the
    /// service is then in a scope, and answers nothing.
    pub(crate) fn serves(&self, path: &str) -> bool {
        let served = self.resolve(path).is_some();
        if !served
            && let Some((scope, rest)) = path
                .find(self.path)
                .and_then(|place| path.split_at_checked(place))
            && self.resolve(rest).is_some()
            && !self.misplaced.swap(true, Ordering::Relaxed)
        {
            tracing::error!(
                path,
                base_path = self.path,
                "not found, since `gm.services()` was given to the scope `{scope}`: give it to the `App` itself, and put the \
                 scope's path into the `base_path` of `#[remote_api(..)]` and `#[remote_manager(..)]`"
            );
        }
        served
    }

    /// What a path names, which is read as it stands in the URL: only an id is decoded, and once.
    pub(crate) fn resolve<'a>(&'a self, path: &'a str) -> Option<Resolved<'a>> {
        let mut segments = path.strip_prefix(self.path)?.strip_prefix('/')?.split('/');
        let (first, second, third) = (segments.next()?, segments.next(), segments.next());
        if segments.next().is_some() {
            return None;
        }
        let (resource, route) = match (first, second, third) {
            ("ws", Some(name), None | Some("")) => {
                let resource = self.resources.get(name).filter(|resource| resource.hub.is_some());
                (resource, Route::Events)
            }
            (name, None, None) => (Some(self.resources.get(name)?), Route::Collection),
            (name, Some("query"), None) => (Some(self.resources.get(name)?), Route::Query),
            (name, Some(id), None) if !id.is_empty() => (Some(self.resources.get(name)?), Route::Item(id)),
            _ => return None,
        };
        // A route all of whose operations are disabled is absent.
        let present =
            route == Route::Events || resource.is_some_and(|found| found.methods(route).next().is_some());
        present.then_some(Resolved { resource, route })
    }
}

/// Sorts the exposed managers by base path and resource.
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
                resources: HashMap::new(),
                misplaced: AtomicBool::new(false),
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
