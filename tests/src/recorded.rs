//! The recorded exchanges of the wire contract: `tests/fixtures/wire/cases`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;

use crate::raw::Request;

/// A recorded exchange.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The name of the case.
    pub name: String,
    /// The request.
    pub request: Request,
    /// The expected response.
    pub expect: Json,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/cases")
}

/// The names of the files, in order.
///
/// # Errors
/// If the folder can't be read.
pub fn files() -> anyhow::Result<Vec<String>> {
    let mut files = std::fs::read_dir(folder())?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    files.sort_unstable();
    Ok(files)
}

/// The groups of a file. Each was recorded with newly seeded rows.
///
/// # Errors
/// If the file can't be read, or has another format.
pub fn groups(file: &str) -> anyhow::Result<Vec<Vec<Recorded>>> {
    let groups: Vec<Vec<Json>> = serde_json::from_str(&std::fs::read_to_string(folder().join(file))?)?;
    groups
        .iter()
        .map(|group| group.iter().map(Recorded::parse).collect())
        .collect()
}

/// Every recorded request, in the order of the files.
///
/// # Errors
/// If a file can't be read.
pub fn requests() -> anyhow::Result<Vec<Request>> {
    let mut requests = Vec::new();
    for file in files()? {
        requests.extend(groups(&file)?.into_iter().flatten().map(|case| case.request));
    }
    Ok(requests)
}

impl Recorded {
    fn parse(case: &Json) -> anyhow::Result<Self> {
        let member = |key: &str| case.get(key).with_context(|| format!("a case has no `{key}`"));
        let request = member("request")?;
        let text = |key: &str| {
            let value = request.get(key).and_then(Json::as_str);
            value.with_context(|| format!("`{key}` of a request is text"))
        };
        let headers = request.get("headers").and_then(Json::as_object);
        let headers = headers.context("`headers` of a request is an object")?.iter();
        let body = match request.get("body") {
            None | Some(Json::Null) => None,
            Some(Json::String(body)) => Some(body.clone().into_bytes()),
            Some(body) => {
                let base64 = body.get("base64").and_then(Json::as_str);
                Some(BASE64_STANDARD.decode(base64.context("a body is text or `base64`")?)?)
            }
        };
        Ok(Self {
            name: member("name")?.as_str().context("`name` is text")?.to_owned(),
            request: Request {
                method: text("method")?.to_owned(),
                path: text("path")?.to_owned(),
                headers: headers
                    .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                    .collect(),
                body,
            },
            expect: member("expect")?.clone(),
        })
    }
}
