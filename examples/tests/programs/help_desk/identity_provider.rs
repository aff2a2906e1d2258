//! A small identity provider: tokens by OAuth 2 client credentials (RFC 6749, 4.4), signed with RS256, and a set of keys
//! that rotates.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::{App, HttpResponse, HttpServer, web};
use gm_tests::signing_keys::{SigningKey, key_set};
use serde_json::{Value as Json, json};
use tokio::sync::watch;

pub(super) const ISSUER: &str = "https://login.example.com/";
pub(super) const AUDIENCE: &str = "help-desk";

/// An identity provider on a free port, as long as the process lives.
pub(super) struct IdentityProvider {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    signing: Mutex<Signing>,
    /// The life of a token.
    life: Duration,
    /// The number of tokens of each client.
    issued: watch::Sender<HashMap<String, usize>>,
}

struct Signing {
    key: SigningKey,
    id: usize,
}

impl IdentityProvider {
    pub(super) fn start(life: Duration) -> Self {
        let key = SigningKey::rsa();
        let state = Arc::new(State {
            signing: Mutex::new(Signing { key, id: 1 }),
            life,
            issued: watch::Sender::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let served = web::Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(served.clone())
                .route("/jwks", web::get().to(keys))
                .route("/token", web::post().to(grant))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap();
        tokio::spawn(server.run());
        Self { address, state }
    }

    pub(super) fn jwks_url(&self) -> String {
        format!("http://{}/jwks", self.address)
    }

    pub(super) fn token_url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// Replaces the key. The old one is not in the set of keys any more.
    pub(super) fn rotate(&self) {
        let mut signing = self.state.signing.lock().unwrap();
        let (key, id) = (SigningKey::rsa(), signing.id + 1);
        *signing = Signing { key, id };
    }

    /// A token of this client.
    pub(super) fn token(&self, client: &str) -> String {
        self.state.token(client, now() + self.state.life).unwrap()
    }

    /// A token of this client that has ended.
    pub(super) fn ended_token(&self, client: &str) -> String {
        self.state.token(client, now() - self.state.life).unwrap()
    }

    /// How many tokens the client has received.
    pub(super) fn issued(&self, client: &str) -> usize {
        self.state
            .issued
            .borrow()
            .get(client)
            .copied()
            .unwrap_or_default()
    }

    /// Waits until the client has received this many tokens.
    pub(super) async fn wait_for_tokens(&self, client: &str, count: usize) {
        let mut issued = self.state.issued.subscribe();
        let reached = issued.wait_for(|issued| issued.get(client).is_some_and(|issued| *issued >= count));
        reached.await.unwrap();
    }
}

/// What the provider knows of a client.
fn claims(client: &str) -> Option<Json> {
    Some(match client {
        "ada" => json!({"tenant": 1}),
        "grace" => json!({"tenant": 2}),
        "kim" | "lee" => json!({"groups": ["agents"]}),
        "root" => json!({"groups": ["admins"]}),
        _ => return None,
    })
}

/// The secret of a client at the token endpoint.
pub(super) fn secret(client: &str) -> String {
    format!("secret-of-{client}")
}

/// The time since 1970.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

impl State {
    fn token(&self, client: &str, end: Duration) -> Option<String> {
        let mut claims = claims(client)?;
        let common = json!({"iss": ISSUER, "aud": [AUDIENCE], "sub": client, "exp": end.as_secs()});
        let common = common.as_object().cloned().unwrap_or_default();
        claims.as_object_mut()?.extend(common);
        let signing = self.signing.lock().unwrap();
        let Signing { key, id } = &*signing;
        let header = json!({"alg": key.algorithm(), "typ": "JWT", "kid": format!("key-{id}")});
        Some(key.token(&header, &claims))
    }
}

async fn keys(state: web::Data<State>) -> HttpResponse {
    let signing = state.signing.lock().unwrap();
    let key = signing.key.jwk(&format!("key-{}", signing.id));
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .body(key_set(&[key]))
}

async fn grant(state: web::Data<State>, form: web::Form<HashMap<String, String>>) -> HttpResponse {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let client = field("client_id");
    let token = state.token(client, now() + state.life);
    let token = token.filter(|_| field("client_secret") == secret(client));
    match token {
        Some(token) if field("grant_type") == "client_credentials" => {
            let count = |issued: &mut HashMap<String, usize>| {
                *issued.entry(client.to_owned()).or_default() += 1;
            };
            state.issued.send_modify(count);
            let life = state.life.as_secs();
            HttpResponse::Ok()
                .json(json!({"access_token": token, "token_type": "Bearer", "expires_in": life}))
        }
        _ => HttpResponse::Unauthorized().json(json!({"error": "invalid_client"})),
    }
}
