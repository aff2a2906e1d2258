//! The routes as a service of an actix-web `App`.

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, guard};

use super::handlers;
use super::state::Server;

impl Server {
    pub(crate) fn configure(self: Arc<Self>, config: &mut ServiceConfig) {
        for base in &self.bases {
            let is_route = {
                let base = Arc::clone(base);
                move |context: &guard::GuardContext<'_>| base.serves(context.head().uri.path())
            };
            let server = Arc::clone(&self);
            let base = Arc::clone(base);
            // A scope compares a prefix. A resource with a pattern would match a regular expression for each path.
            let scope = web::scope(base.path()).guard(guard::fn_guard(is_route));
            config.service(scope.default_service(web::to(
                move |request: HttpRequest, payload: web::Payload| {
                    let server = Arc::clone(&server);
                    let base = Arc::clone(&base);
                    async move { handlers::handle(&server, &base, request, payload).await }
                },
            )));
        }
    }
}
