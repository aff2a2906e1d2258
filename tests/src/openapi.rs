//! OpenAPI documents, by which requests and replies are judged.

use std::collections::HashMap;

use anyhow::{Context as _, anyhow};
use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::Value as Json;

/// Where the compiler finds the document. Nothing is fetched.
const URL: &str = "https://example.invalid/openapi.json";

/// A document, whose schemas are compiled when they are first needed.
pub struct Document {
    json: Json,
    compiler: Compiler,
    schemas: Schemas,
    compiled: HashMap<String, SchemaIndex>,
}

/// What a document says of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The path or the method is not there.
    NoOperation,
    /// The schema does not allow the value, for this reason.
    Refused(String),
    /// The schema allows the value.
    Accepted,
}

impl Document {
    /// A document.
    ///
    /// # Errors
    /// If a part of it is no JSON Schema.
    pub fn new(json: Json) -> anyhow::Result<Self> {
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler
            .add_resource(URL, json.clone())
            .map_err(|error| anyhow!("{error}"))?;
        let mut document = Self {
            json,
            compiler,
            schemas: Schemas::new(),
            compiled: HashMap::new(),
        };
        for name in document.names("/components/schemas") {
            document.compile(&["components", "schemas", &name])?;
        }
        Ok(document)
    }

    /// The document as JSON.
    #[must_use]
    pub fn json(&self) -> &Json {
        &self.json
    }

    /// The keys of the object at this JSON pointer.
    #[must_use]
    pub fn names(&self, pointer: &str) -> Vec<String> {
        let object = self.json.pointer(pointer).and_then(Json::as_object);
        object.map_or_else(Vec::new, |object| object.keys().cloned().collect())
    }

    /// Whether the document has this operation.
    #[must_use]
    pub fn has(&self, method: &str, path: &str) -> bool {
        self.operation(method, path).is_some()
    }

    /// Judges the JSON body of a request.
    ///
    /// # Errors
    /// If a schema can't be compiled.
    pub fn body(&mut self, method: &str, path: &str, body: &Json) -> anyhow::Result<Verdict> {
        let Some((template, method)) = self.operation(method, path) else {
            return Ok(Verdict::NoOperation);
        };
        let place = [
            "paths",
            &template,
            &method,
            "requestBody",
            "content",
            "application/json",
            "schema",
        ];
        match self.json.pointer(&pointer(&place)) {
            Some(_) => self.judge(&place, body),
            // Without a schema of a body every body is accepted.
            None => Ok(Verdict::Accepted),
        }
    }

    /// Judges the JSON of a reply with this status.
    ///
    /// # Errors
    /// If the document has no reply with this status, or a schema can't be compiled.
    pub fn reply(&mut self, method: &str, path: &str, status: u16, body: &Json) -> anyhow::Result<Verdict> {
        let Some((template, method)) = self.operation(method, path) else {
            return Ok(Verdict::NoOperation);
        };
        let status = status.to_string();
        let place = ["paths", &template, &method, "responses", &status];
        let response = self.json.pointer(&pointer(&place));
        let response =
            response.with_context(|| format!("{method} {template} has no reply with the status {status}"))?;
        let referred = response.get("$ref").and_then(Json::as_str);
        let referred = referred.and_then(|reference| reference.strip_prefix("#/components/responses/"));
        match referred.map(str::to_owned) {
            Some(name) => self.judge(
                &[
                    "components",
                    "responses",
                    &name,
                    "content",
                    "application/json",
                    "schema",
                ],
                body,
            ),
            None => self.judge(
                &[place.as_slice(), &["content", "application/json", "schema"]].concat(),
                body,
            ),
        }
    }

    /// The template of the path and the method in lower case.
    fn operation(&self, method: &str, path: &str) -> Option<(String, String)> {
        // Methods are case-sensitive.
        if method.contains(|character: char| !character.is_ascii_uppercase()) {
            return None;
        }
        let method = method.to_ascii_lowercase();
        let path = path.split('?').next().unwrap_or(path);
        let paths = self.json.get("paths")?.as_object()?;
        let exact = paths.get_key_value(path);
        let (template, item) = exact.or_else(|| {
            let mut templates = paths.iter();
            templates.find(|(template, _)| {
                let beginning = template.strip_suffix("{id}");
                let id = beginning.and_then(|beginning| path.strip_prefix(beginning));
                id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
            })
        })?;
        item.get(&method).map(|_| (template.clone(), method))
    }

    fn judge(&mut self, place: &[&str], value: &Json) -> anyhow::Result<Verdict> {
        let index = self.compile(place)?;
        Ok(match self.schemas.validate(value, index) {
            Ok(()) => Verdict::Accepted,
            Err(error) => Verdict::Refused(error.to_string()),
        })
    }

    fn compile(&mut self, place: &[&str]) -> anyhow::Result<SchemaIndex> {
        let location = format!("{URL}#{}", encoded(&pointer(place)));
        if let Some(index) = self.compiled.get(&location) {
            return Ok(*index);
        }
        let index = self.compiler.compile(&location, &mut self.schemas);
        let index = index.map_err(|error| anyhow!("{location}: {error:#}"))?;
        self.compiled.insert(location, index);
        Ok(index)
    }
}

/// The JSON pointer of this place.
fn pointer(place: &[&str]) -> String {
    let escaped = place.iter().map(|key| key.replace('~', "~0").replace('/', "~1"));
    escaped.map(|key| format!("/{key}")).collect()
}

/// The pointer in a fragment of a URL.
fn encoded(pointer: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'~' | b'.' | b'_' | b'-' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    pointer.bytes().map(escape).collect()
}
