//! The sources of the measured crates.

use std::fmt::Write as _;

/// The structs with only serde's two derives.
pub(crate) fn serde(structs: usize) -> String {
    let mut source = String::from(
        "#![allow(dead_code, reason = \"the structs are there to be built, not to be used\")]\n",
    );
    for number in 0..structs {
        source.push_str(&plain(number));
    }
    source
}

fn plain(number: usize) -> String {
    format!(
        r#"
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Thing{number} {{
    pub id: i64,
    pub name: String,
    pub status: String,
    pub note: Option<String>,
    pub count: i32,
    pub ratio: f64,
    pub parent: Option<i64>,
    pub done: bool,
}}
"#
    )
}

/// The same with code that awaits as many futures of as many types as [`managers`] does, without an implementation behind them.
/// It shows the build time of the calling code alone.
pub(crate) fn awaiting(structs: usize) -> String {
    let mut source = String::from(
        r#"use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use gm_runtime::{Error, Gm};

pub type Verb<'g, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'g>>;
"#,
    );
    for number in 0..structs {
        source.push_str(&plain(number));
        write!(
            source,
            r#"
impl Thing{number} {{
    pub fn all(_: &Gm) -> Verb<'_, Arc<Vec<Self>>> {{
        Box::pin(std::future::pending())
    }}
    pub fn first(_: &Gm) -> Verb<'_, Option<Self>> {{
        Box::pin(std::future::pending())
    }}
    pub fn one(_: &Gm, _: i64) -> Verb<'_, Self> {{
        Box::pin(std::future::pending())
    }}
    pub fn count(_: &Gm) -> Verb<'_, u64> {{
        Box::pin(std::future::pending())
    }}
    pub fn exists(_: &Gm) -> Verb<'_, bool> {{
        Box::pin(std::future::pending())
    }}
    pub fn delete(_: &Gm, _: i64) -> Verb<'_, ()> {{
        Box::pin(std::future::pending())
    }}
}}

pub async fn every_verb_of_{number}(gm: &Gm) -> Result<u64, Error> {{
    let rows = Thing{number}::all(gm).await?;
    let first = Thing{number}::first(gm).await?;
    let one = Thing{number}::one(gm, 1).await?;
    let exists = Thing{number}::exists(gm).await?;
    let all = Thing{number}::all(gm).await?;
    let count = Thing{number}::count(gm).await? + Thing{number}::count(gm).await?;
    let thing = Thing{number}::one(gm, one.id).await?;
    let perhaps = Thing{number}::first(gm).await?;
    let created = Thing{number}::one(gm, thing.id).await?;
    let updated = Thing{number}::one(gm, created.id).await?;
    Thing{number}::one(gm, updated.id).await?;
    Thing{number}::delete(gm, updated.id).await?;
    Thing{number}::delete(gm, thing.id).await?;
    let seen = rows.len() + all.len() + usize::from(exists) + first.iter().chain(&perhaps).count();
    Ok(count + seen as u64)
}}
"#
        )
        .unwrap();
    }
    source
}

/// The structs with our derive as well, and calls of every verb of each.
pub(crate) fn managers(structs: usize) -> String {
    let mut source = String::from("use gm_runtime::{Error, GeneralManager, Gm, GmBuilder};\n");
    for number in 0..structs {
        write!(
            source,
            r#"
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, GeneralManager)]
#[database(table = "things_{number}")]
#[permission(read = public, create = public, update = public, delete = public)]
#[remote_api(
    base_path = "/internal/gm",
    resource = "things-{number}",
    allow_filter,
    allow_detail,
    allow_create,
    allow_update,
    allow_delete,
    websocket_invalidation
)]
pub struct Thing{number} {{
    #[field(id)]
    pub id: i64,
    #[field(max_length = 200)]
    pub name: String,
    #[field(max_length = 50)]
    pub status: String,
    pub note: Option<String>,
    #[field(default = 1)]
    pub count: i32,
    #[field(default)]
    pub ratio: f64,
    pub parent: Option<i64>,
    #[field(default)]
    pub done: bool,
}}

pub async fn every_verb_of_{number}(gm: &Gm) -> Result<u64, Error> {{
    let query = Thing{number}::filter(|t| t.name.icontains("a") & t.count.gt(1))
        .exclude(|t| t.done.eq(true))
        .order_by(|t| t.name.asc());
    let rows = query.all(gm).await?;
    let stream = Thing{number}::exclude(|t| t.status.eq("closed")).stream(gm);
    drop(stream);
    let first = Thing{number}::order_by(|t| t.id.desc()).first(gm).await?;
    let one = query.one(gm).await?;
    let exists = Thing{number}::query().page(1).page_size(10).exists(gm).await?;
    let all = Thing{number}::all(gm).await?;
    let count = Thing{number}::count(gm).await? + query.count(gm).await?;
    let thing = Thing{number}::get(gm, one.id).await?;
    let named = Thing{number}::by_id(thing.id);
    let perhaps = named.get(gm).optional().await?;
    let created = Thing{number}::create(Thing{number}Create {{ name: "a".into(), status: "b".into() }})
        .note("c")
        .count(2)
        .exec(gm)
        .await?;
    let updated = created.update().name("d").done(true).exec(gm).await?;
    named.update().parent(updated.id).exec(gm).await?;
    updated.delete(gm).await?;
    named.delete(gm).await?;
    let seen = rows.len() + all.len() + usize::from(exists) + first.iter().chain(&perhaps).count();
    Ok(count + seen as u64)
}}
"#
        )
        .unwrap();
    }
    source.push_str("\npub fn exposed(builder: GmBuilder) -> GmBuilder {\n    builder\n");
    for number in 0..structs {
        writeln!(source, "        .expose::<Thing{number}>()").unwrap();
    }
    source.push_str("}\n");
    source
}
