//! The expected response of a case, and its comparison with a response.

use chrono::{DateTime, SubsecRound, Utc};
use gm_tests::raw::{Request, Response};
use serde_json::Value as Json;

#[derive(Debug)]
pub(crate) struct Expectation {
    statuses: Vec<u64>,
    error_code: Option<Json>,
    items: Option<Json>,
    ids: Option<Json>,
    total_count: Option<Json>,
    metadata: Option<Json>,
    request_id: Option<String>,
}

impl Expectation {
    pub(crate) fn parse(expect: &Json) -> Self {
        let known = [
            "status",
            "status_in",
            "error_code",
            "items",
            "ids",
            "total_count",
            "metadata",
            "request_id",
        ];
        let expect = expect.as_object().unwrap();
        let unknown: Vec<_> = expect
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .collect();
        assert!(unknown.is_empty(), "unknown keys: {unknown:?}");
        let statuses = match (expect.get("status"), expect.get("status_in")) {
            (Some(status), None) => vec![status.as_u64().unwrap()],
            (None, Some(statuses)) => statuses
                .as_array()
                .unwrap()
                .iter()
                .map(|status| status.as_u64().unwrap())
                .collect(),
            other => panic!("one of `status` and `status_in`: {other:?}"),
        };
        Self {
            statuses,
            error_code: expect.get("error_code").cloned(),
            items: expect.get("items").cloned(),
            ids: expect.get("ids").cloned(),
            total_count: expect.get("total_count").cloned(),
            metadata: expect.get("metadata").cloned(),
            request_id: expect.get("request_id").map(|id| id.as_str().unwrap().to_owned()),
        }
    }

    /// The differences, as text.
    pub(crate) fn mismatches(&self, response: &Response, request: &Request) -> Vec<String> {
        let mut different = Vec::new();
        let mut check = |what: &str, expected: &Json, got: &Json| {
            if !same(expected, got) {
                different.push(format!("{what}: expected {expected}, got {got}"));
            }
        };
        let body = response.json();
        if let Some(code) = &self.error_code {
            check("error_code", code, &body["error_code"]);
            check("error", &sentence(code), &body["error"]);
        }
        if let Some(items) = &self.items {
            check("items", items, &body["items"]);
        }
        if let Some(ids) = &self.ids {
            let got = body["items"]
                .as_array()
                .map(|items| items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>());
            check("ids", ids, &got.into());
        }
        if let Some(total_count) = &self.total_count {
            check("total_count", total_count, &body["total_count"]);
        }
        for (key, value) in self
            .metadata
            .iter()
            .flat_map(|metadata| metadata.as_object().unwrap())
        {
            check(key, value, &body["metadata"][key]);
        }
        let status = u64::from(response.status);
        if !self.statuses.contains(&status) {
            different.push(format!("status: expected {:?}, got {status}", self.statuses));
        }
        if status == 405 && response.header("allow").is_none() {
            different.push("a 405 without `Allow`".to_owned());
        }
        if let Some(expected) = &self.request_id {
            let got = body["metadata"]["request_id"].as_str().unwrap_or_default();
            if response.header("x-request-id") != Some(got) {
                different.push("the header's request id is not the body's".to_owned());
            }
            if !same_id(expected, got, request) {
                different.push(format!("request_id: expected {expected}, got {got}"));
            }
        }
        different
    }
}

/// The fixed sentence of a code.
fn sentence(code: &Json) -> Json {
    match code.as_str().unwrap() {
        "invalid_request" => "Invalid request.",
        "validation_error" => "Validation failed.",
        "permission_denied" => "Permission denied.",
        "not_found" => "Resource not found.",
        "method_not_allowed" => "Method not allowed.",
        "unsupported_media_type" => "Unsupported media type.",
        other => panic!("no sentence for {other}"),
    }
    .into()
}

fn same_id(expected: &str, got: &str, request: &Request) -> bool {
    const UUID: &str = "<uuid4>";
    if expected == "generated" {
        let sent = request
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("x-request-id"))
            .map(|(_, id)| id.trim());
        return !got.is_empty() && sent != Some(got);
    }
    match expected.strip_suffix(UUID) {
        Some(start) => got.strip_prefix(start).is_some_and(is_uuid4),
        None => got == expected,
    }
}

fn is_uuid4(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok_and(|id| id.get_version_num() == 4 && id.to_string() == text)
}

/// Equality of JSON values. Numbers are compared by value, and timestamps to the millisecond.
fn same(expected: &Json, got: &Json) -> bool {
    match (expected, got) {
        (Json::Array(expected), Json::Array(got)) => {
            expected.len() == got.len()
                && expected
                    .iter()
                    .zip(got)
                    .all(|(expected, got)| same(expected, got))
        }
        (Json::Object(expected), Json::Object(got)) => {
            expected.len() == got.len()
                && expected
                    .iter()
                    .all(|(key, value)| got.get(key).is_some_and(|got| same(value, got)))
        }
        (Json::Number(expected), Json::Number(got)) => {
            expected == got || (expected.is_f64() || got.is_f64()) && expected.as_f64() == got.as_f64()
        }
        (Json::String(expected), Json::String(got)) => {
            expected == got || instant(expected).is_some_and(|expected| instant(got) == Some(expected))
        }
        _ => expected == got,
    }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    text.parse::<DateTime<Utc>>()
        .ok()
        .map(|instant| instant.trunc_subsecs(3))
}
