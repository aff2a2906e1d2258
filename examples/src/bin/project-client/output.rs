//! The output of rows.

use std::io::{self, Write as _};

use comfy_table::{Table, presets};
use gm_examples::RemoteProject;
use serde_json::{Value as Json, json};

use crate::arguments::Choice;

const HEADER: [&str; 3] = ["id", "name", "status"];

/// Writes all bytes to stdout.
pub(crate) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// The rows in this format.
pub(crate) fn rows(projects: &[RemoteProject], format: Choice) -> io::Result<Vec<u8>> {
    match format {
        Choice::Table => Ok(table(projects)),
        Choice::Json => Ok(pretty(&json(projects))),
        Choice::Csv => csv(projects),
    }
}

/// One row in this format. As JSON it is an object, not a list.
pub(crate) fn row(project: &RemoteProject, format: Choice) -> io::Result<Vec<u8>> {
    match format {
        Choice::Json => Ok(pretty(&object(project))),
        other => rows(std::slice::from_ref(project), other),
    }
}

pub(crate) fn json(projects: &[RemoteProject]) -> Json {
    projects.iter().map(object).collect()
}

fn object(project: &RemoteProject) -> Json {
    json!({"id": project.id, "name": project.name, "status": project.status})
}

fn pretty(json: &Json) -> Vec<u8> {
    format!("{}\n", escaped(&format!("{json:#}"))).into_bytes()
}

/// The JSON in one line.
pub(crate) fn line(json: &Json) -> Vec<u8> {
    format!("{}\n", escaped(&json.to_string())).into_bytes()
}

/// Escapes the characters that can control a terminal. JSON escapes most of them. Each of the others has 16 bits.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && controls_terminal(character) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

pub(crate) fn table(projects: &[RemoteProject]) -> Vec<u8> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(HEADER);
    for project in projects {
        table.add_row([
            project.id.to_string(),
            shown(&project.name),
            shown(&project.status),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut out = table.trim_fmt();
    out.push('\n');
    out.into_bytes()
}

/// Text from others, escaped for the terminal: it can neither control the terminal nor change the direction of the text.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if controls_terminal(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether this is a control character, changes the direction of text (Unicode's `Bidi_Control`), or ends a line or paragraph
/// without being a control character.
fn controls_terminal(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn csv(projects: &[RemoteProject]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for project in projects {
        writer.write_record([&project.id.to_string(), &project.name, &project.status])?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}
