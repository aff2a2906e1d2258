//! The schemas of the resources of a base path.

use std::sync::Arc;

use actix_web::http::header::HeaderValue;

use super::sights::{Described, Subject};
use crate::access::{Managed, Principal, Served};
use crate::manager::ReferenceDescription;
use crate::schema::{ResourceSchema, describe};
use crate::server::routes::{Base, Resource};

impl Base {
    /// What this caller may see of the schema of a resource.
    pub(in crate::server) fn schema(
        &self,
        resource: &Resource,
        principal: &Principal,
    ) -> Option<Arc<Described>> {
        let served = |reference: &_| self.referred(reference);
        resource
            .sights
            .as_ref()?
            .seen(resource.subject(&served), principal)
    }

    /// The schemas of the resources, as the service's own code sees them.
    pub(in crate::server) fn whole_schema(&self) -> impl Iterator<Item = ResourceSchema> {
        self.resources().filter_map(|resource| {
            let served = |reference: &_| self.referred(reference);
            let sight = resource.managed.sight(None, &served);
            let schema = describe(resource.description, &resource.api, &sight)?;
            Some(resource.with_features(schema))
        })
    }

    /// The hash of what this caller may see of the schema of a resource. Without a caller, the one that is the same for all.
    pub(in crate::server) fn schema_hash(
        &self,
        resource: &Resource,
        principal: Option<&Principal>,
    ) -> Option<HeaderValue> {
        let served = |reference: &_| self.referred(reference);
        resource
            .sights
            .as_ref()?
            .header(resource.subject(&served), principal)
    }

    /// The manager of a reference, if it is served here.
    fn referred(&self, reference: &ReferenceDescription) -> Option<&Managed> {
        let description = reference.description();
        let api = description.api().filter(|api| api.base_path() == self.path())?;
        let resource = self.resource(api.resource())?;
        (resource.description.name() == description.name()).then_some(&*resource.managed)
    }
}

impl Resource {
    /// The schema with the extensions that the resource announces.
    pub(in crate::server) fn with_features(&self, schema: ResourceSchema) -> ResourceSchema {
        ResourceSchema {
            features: self.features().words().map(str::to_owned).collect(),
            ..schema
        }
    }

    fn subject<'a>(&'a self, served: Served<'a>) -> Subject<'a> {
        Subject {
            managed: &self.managed,
            api: &self.api,
            served,
        }
    }
}
