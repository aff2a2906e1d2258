//! Mutations of JSON values.

use serde_json::{Value as Json, json};

use crate::random::Random;

/// The mark around the index of a text in [`RAW`], within JSON text.
const MARK: char = '\u{1}';

/// The most bytes of a repetition, since mutations of mutations must not grow endlessly.
const LONGEST: usize = 16 * 1024;

/// Texts that `serde_json::Value` can't represent, or that are not JSON.
const RAW: [&str; 20] = [
    "-0",
    "-0.0",
    "1.0",
    "1e2",
    "1E+400",
    "-1e400",
    "5e-400",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890.123456789012345678901234567890",
    "01",
    "+1",
    ".5",
    "NaN",
    "-Infinity",
    "tru",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\t\"",
    "{\"id\":1,\"id\":\"1\"}",
];

const TEXTS: [&str; 36] = [
    "",
    " ",
    "\0",
    "a\0b",
    "%",
    "_",
    "\\",
    "'",
    "'; DROP TABLE projects; --",
    "\u{feff}",
    "\u{202e}",
    "e\u{301}",
    "ß",
    "İ",
    "ﬃ",
    "😀",
    "\u{10ffff}",
    "NaN",
    "-0",
    "-0.00",
    "1e5",
    "12.345",
    "99999999.99",
    "100000000.00",
    "0.0000000000000000000000000001",
    "79228162514264337593543950336",
    "2024-02-30",
    "0000-01-01",
    "-0001-12-31",
    "9999-12-31",
    "10000-01-01",
    "2024-01-01T00:00:00+24:00",
    "2024-01-01T23:59:60Z",
    "9999-12-31T23:59:59.999999-23:59",
    "0000-01-01T00:00:00.0000001Z",
    "00000000-0000-0000-0000-000000000000",
];

const KEYS: [&str; 40] = [
    "",
    "__",
    "id",
    "pk",
    "id__",
    "id__in",
    "id__in__in",
    "id__range",
    "id__isnull",
    "name",
    "name__icontains",
    "name__regex",
    "title__iexact",
    "title__istartswith",
    "note__isnull",
    "note__gt",
    "body__endswith",
    "count",
    "count__lte",
    "count__year",
    "amount__gte",
    "amount__range",
    "ratio__lt",
    "due__year",
    "due__month",
    "due__date",
    "starts_at__date",
    "starts_at__day",
    "done__exact",
    "filters",
    "excludes",
    "ordering",
    "page",
    "page_size",
    "operation",
    "__metadata__",
    "ignore_permission",
    "history_comment",
    "\0",
    "名前",
];

/// The text of this JSON with one mutation.
pub(super) fn change(random: &mut Random, mut json: Json) -> String {
    change_within(random, &mut json);
    let mut text = json.to_string();
    for (number, raw) in RAW.iter().enumerate() {
        text = text.replace(&format!("\"\\u0001{number}\\u0001\""), raw);
    }
    text
}

/// Mutates this value, or a value in it.
fn change_within(random: &mut Random, json: &mut Json) {
    let is_here = random.one_in(3);
    let member = match json {
        Json::Array(list) if !is_here => {
            let member = random.below(list.len());
            list.get_mut(member)
        }
        Json::Object(object) if !is_here => {
            let member = random.below(object.len());
            object.values_mut().nth(member)
        }
        _ => None,
    };
    match member {
        Some(member) => change_within(random, member),
        None => change_here(random, json),
    }
}

fn change_here(random: &mut Random, json: &mut Json) {
    match (random.below(3), &mut *json) {
        (0, Json::Object(object)) => {
            let key = random.text(&KEYS).to_owned();
            object.insert(key, odd(random));
        }
        (1, Json::Object(object)) => {
            let key = object.keys().nth(random.below(object.len())).cloned();
            if let Some(value) = key.and_then(|key| object.remove(&key)) {
                // Renames or removes a key.
                if random.one_in(2) {
                    object.insert(random.text(&KEYS).to_owned(), value);
                }
            }
        }
        (0, Json::Array(list)) => list.push(odd(random)),
        (1, Json::Array(list)) => {
            let times = times(random, &json!(list).to_string());
            *list = list.iter().cycle().take(list.len() * times).cloned().collect();
        }
        (0, Json::String(text)) => text.push_str(random.text(&TEXTS)),
        (1, Json::String(text)) => *text = text.repeat(times(random, text)),
        (1, Json::Number(number)) => {
            let near = number.as_i64().unwrap_or_default();
            *json = json!(near.wrapping_add(i64::from(random.byte()) - 128));
        }
        _ => *json = odd(random),
    }
}

/// How often to repeat this: twice or many times, up to [`LONGEST`] bytes.
fn times(random: &mut Random, text: &str) -> usize {
    let times = if random.one_in(10) { 600 } else { 2 };
    (LONGEST / text.len().max(1)).clamp(1, times)
}

fn odd(random: &mut Random) -> Json {
    match random.below(8) {
        0 => Json::Null,
        1 => Json::Bool(random.one_in(2)),
        2 => json!(format!("{MARK}{}{MARK}", random.below(RAW.len()))),
        3 => {
            let numbers = [0, -1, 1, i64::from(i32::MAX) + 1, i64::MIN, i64::MAX];
            json!(random.pick(&numbers))
        }
        4 => json!(random.pick(&[0.5, 1e308, -1e308, 5e-324, 1e-7, 12.345, 9_007_199_254_740_993.0])),
        5 => json!(random.text(&TEXTS)),
        6 => nested(random),
        _ => {
            let lists = [
                json!([]),
                json!({}),
                json!([null]),
                json!(["id", "-name", "id"]),
                json!([1, "1"]),
                json!(vec![1; 1001]),
            ];
            random.pick(&lists).cloned().unwrap_or_default()
        }
    }
}

/// Nested lists and objects, up to and beyond the accepted depth.
fn nested(random: &mut Random) -> Json {
    let mut nested = json!(1);
    for _ in 0..random.below(120) {
        nested = if random.one_in(2) {
            json!([nested])
        } else {
            json!({ random.text(&KEYS): nested })
        };
    }
    nested
}
