//! The routes as services of an actix-web `App`.

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, guard};

use super::handlers;
use super::state::Server;

impl Server {
    pub(crate) fn configure(self: Arc<Self>, config: &mut ServiceConfig) {
        for base in &self.bases {
            let known = {
                let base = Arc::clone(base);
                move |context: &guard::GuardContext<'_>| base.serves(context.head().uri.path())
            };
            let server = Arc::clone(&self);
            let base = Arc::clone(base);
            // A scope's plain prefix: a resource of a pattern would run a regular expression on each path.
            let scope = web::scope(base.path()).guard(guard::fn_guard(known));
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
