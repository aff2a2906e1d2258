//! A recorded case.

use gm_tests::raw::Request;
use serde_json::Value as Json;

use crate::expectation::Expectation;

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) expect: Expectation,
}

impl Case {
    pub(crate) fn parse(case: &Json) -> Self {
        let request = &case["request"];
        let text = |value: &Json| value.as_str().unwrap().to_owned();
        Self {
            name: text(&case["name"]),
            request: Request {
                method: text(&request["method"]),
                path: text(&request["path"]),
                headers: request["headers"]
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(name, value)| (name.clone(), text(value)))
                    .collect(),
                body: match &request["body"] {
                    Json::Null => None,
                    Json::String(body) => Some(body.clone().into_bytes()),
                    body => Some(base64(body["base64"].as_str().unwrap())),
                },
            },
            expect: Expectation::parse(&case["expect"]),
        }
    }
}

/// RFC 4648, 4.
fn base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("not base64: {text}"),
    };
    let digits: Vec<_> = text.trim_end_matches('=').bytes().map(digit).collect();
    digits
        .chunks(4)
        .flat_map(|chunk| {
            let bits = (0..4).fold(0, |bits, place| {
                bits << 6 | chunk.get(place).copied().unwrap_or(0)
            });
            let [_, bytes @ ..] = bits.to_be_bytes();
            bytes.into_iter().take(chunk.len() - 1)
        })
        .collect()
}
