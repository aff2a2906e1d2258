//! An owner that compresses its replies and a consumer of it, in a program whose crates have more features than
//! gm-runtime asks for. It ends with an error where anything is not as it is without them.
#![deny(warnings)]

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::middleware::Compress;
use actix_web::test::TestRequest;
use actix_web::{App, HttpServer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::TryStreamExt as _;
use gm_runtime::client::SubscriptionState;
use gm_runtime::server::JwtIssuer;
use gm_runtime::{GeneralManager, Gm};
use ring::hmac;
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, GeneralManager)]
#[database(table = "things")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    resource = "things",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
#[remote_manager(base_url = "http://owner.invalid", websocket_invalidation)]
pub struct Thing {
    #[field(id)]
    pub id: i64,
    pub name: String,
    pub count: i32,
    pub ratio: f64,
    pub data: Option<Value>,
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tokio::time::timeout(Duration::from_secs(60), both()).await?
}

async fn both() -> Result<(), Box<dyn Error>> {
    let owner = Gm::builder()
        .database("sqlite::memory:")
        .expose::<Thing>()
        .build()
        .await?;
    let services = owner.services();
    let server = HttpServer::new(move || App::new().wrap(Compress::default()).configure(services.clone()))
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))?;
    let address = format!("http://{}", server.addrs()[0]);
    let server = server.run();
    let stop = server.handle();
    let served = actix_web::rt::spawn(server);

    let consumer = Gm::builder()
        .base_url("http://owner.invalid", address.as_str())
        .build()
        .await?;
    writes_and_reads(&consumer).await?;
    numbers_are_what_they_are(&address).await?;
    events_keep_the_cache_true(&owner, &consumer).await?;
    tokens_are_accepted().await?;
    compressed_for_those_who_ask(&address).await?;

    consumer.close().await;
    owner.close().await;
    stop.stop(true).await;
    served.await??;
    println!(
        "beside awc's compression, all of actix-web's, and serde_json's exact numbers and order: as without"
    );
    Ok(())
}

async fn writes_and_reads(gm: &Gm) -> Result<(), Box<dyn Error>> {
    let data = json!({ "z": [1, -2.5, "x"], "a": { "y": null, "b": 1e30 } });
    for number in 1..=60 {
        let row = RemoteThingCreate {
            name: format!("thing {number}").repeat(50),
            count: number,
            ratio: f64::from(number) / 3.0,
        };
        let created = RemoteThing::create(row).data(data.clone()).exec(gm).await?;
        assert_eq!((created.count, created.ratio), (number, f64::from(number) / 3.0));
        assert_eq!(created.data.as_ref(), Some(&data));
    }
    // Large enough to be compressed for those who ask.
    let all = RemoteThing::filter(|t| t.count.gt(10) & t.ratio.lt(1e9))
        .all(gm)
        .await?;
    assert_eq!(all.len(), 50);
    let one = RemoteThing::by_id(1)
        .update()
        .count(-7)
        .ratio(-0.125)
        .exec(gm)
        .await?;
    assert_eq!((one.count, one.ratio), (-7, -0.125));
    assert_eq!(RemoteThing::get(gm, 1).await?.data, Some(data));
    RemoteThing::by_id(60).delete(gm).await?;
    let gone = RemoteThing::get(gm, 60).await;
    assert!(gone.is_err_and(|error| error.is_not_found()));
    Ok(())
}

/// A number has another form in memory, and the same rules hold for it.
async fn numbers_are_what_they_are(address: &str) -> Result<(), Box<dyn Error>> {
    let client = awc::Client::default();
    for (count, status) in [("5", 201), ("5.0", 400), ("2147483648", 400), ("1e400", 400)] {
        let body = format!("{{\"name\":\"raw\",\"count\":{count},\"ratio\":1}}");
        let reply = client
            .post(format!("{address}/gm/things"))
            .insert_header(("content-type", "application/json"))
            .send_body(body)
            .await?;
        assert_eq!(reply.status().as_u16(), status, "{count}");
    }
    Ok(())
}

/// The times of a token are numbers, whose form in memory is another one.
async fn tokens_are_accepted() -> Result<(), Box<dyn Error>> {
    let secret = [7; 32];
    let issuer = JwtIssuer::new("https://login.example.com/", "things").secret(secret);
    let gm = Gm::builder().accept_jwt(issuer).build().await?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let caller = async |end: Value| {
        let claims = json!({
            "iss": "https://login.example.com/", "aud": ["things"], "sub": "ada", "exp": end, "nbf": now - 1, "iat": now,
            "tenant": 7
        });
        let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
        let signed = [
            encode(br#"{"alg":"HS256"}"#),
            encode(claims.to_string().as_bytes()),
        ]
        .join(".");
        let signature = encode(hmac::sign(&key, signed.as_bytes()).as_ref());
        let header = ("authorization", format!("Bearer {signed}.{signature}"));
        let request = TestRequest::default().insert_header(header).to_http_request();
        gm.caller(&request).await
    };
    for end in [json!(now + 60), json!(now as f64 + 60.5)] {
        let caller = caller(end).await?;
        assert_eq!(
            (caller.name(), caller.claim("tenant")),
            (Some("ada"), Some(&json!(7)))
        );
        assert!(caller.ends_at().is_some());
    }
    for end in [
        json!(now - 60),
        json!(1e308),
        json!(-1),
        json!("later"),
        Value::Null,
    ] {
        assert!(caller(end.clone()).await.is_err(), "{end}");
    }
    Ok(())
}

async fn events_keep_the_cache_true(owner: &Gm, consumer: &Gm) -> Result<(), Box<dyn Error>> {
    let mut live = consumer.subscription::<RemoteThing>()?;
    live.wait_for(SubscriptionState::is_live).await?;
    RemoteThing::get(consumer, 2).await?;
    let mut changes = RemoteThing::changes(consumer);
    Thing::by_id(2).update().name("changed").exec(owner).await?;
    changes.try_next().await?;
    assert_eq!(RemoteThing::get(consumer, 2).await?.name, "changed");
    Ok(())
}

/// The application's own client has what it turned on.
async fn compressed_for_those_who_ask(address: &str) -> Result<(), Box<dyn Error>> {
    let mut reply = awc::Client::default()
        .post(format!("{address}/gm/things/query"))
        .send_json(&json!({}))
        .await?;
    assert_eq!(
        reply
            .headers()
            .get("content-encoding")
            .map(|value| value.as_bytes()),
        Some(&b"gzip"[..])
    );
    let rows: Value = reply.json().limit(1 << 20).await?;
    assert_eq!(rows["total_count"], json!(60));
    Ok(())
}
