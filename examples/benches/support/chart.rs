//! Draws the table of a benchmark as bars, for the page about benchmarks.

use std::fmt::Write as _;

/// A picture on the page.
pub(crate) struct Chart {
    /// The name of the benchmark, and of the picture's file.
    pub(crate) name: &'static str,
    title: &'static str,
    /// A mark in the tables of this benchmark.
    mark: &'static str,
}

pub(crate) const CHARTS: [Chart; 5] = [
    Chart {
        name: "throughput",
        title: "Requests a second: more is better",
        mark: "CPU µs/request",
    },
    Chart {
        name: "postgres",
        title: "Requests a second on Postgres: more is better",
        mark: "database µs",
    },
    Chart {
        name: "cache",
        title: "Nanoseconds: less is better",
        mark: "CPU ns",
    },
    Chart {
        name: "client",
        title: "Microseconds a request: less is better",
        mark: "CPU µs ",
    },
    Chart {
        name: "fan-out",
        title: "Milliseconds to the last subscriber: less is better",
        mark: "ms to the last",
    },
];

/// The prefixes of services that are written by hand.
const BY_HAND: [&str; 7] = ["by-hand", "seaorm", "sqlx", "bare moka", "awc", "reqwest", "raw"];

const WIDTH: f64 = 480.0;
/// The position of the bars, and the length of the longest one.
const LEFT: f64 = 156.0;
const LONGEST: f64 = 244.0;
const LINE: f64 = 18.0;

/// A compared service of a case, with its number in the first column of the table.
struct Case<'r> {
    name: &'r str,
    has_mark: bool,
    bars: Vec<(String, &'r str)>,
}

/// The cases with this mark. Each has a line with its name, a line with the columns, and a line for each service.
fn cases<'r>(tables: &'r str, mark: &str) -> Vec<Case<'r>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in tables.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with(' ') {
            cases.push(Case {
                name: line,
                has_mark: false,
                bars: Vec::new(),
            });
            continue;
        }
        let Some(case) = cases.last_mut() else {
            continue;
        };
        case.has_mark |= line.contains(mark);
        let mut words: Vec<_> = line.split_whitespace().collect();
        let name = words.iter().rposition(|word| word.parse::<f64>().is_err());
        let numbers = words.split_off(name.map_or(0, |last| last + 1));
        if !words.is_empty() && numbers.len() >= 4 {
            case.bars.push((words.join(" "), numbers[0]));
        }
    }
    cases.retain(|case| case.has_mark);
    cases
}

impl Chart {
    /// Draws these tables into the picture of the page.
    #[allow(
        dead_code,
        reason = "the tests include this file to compare pictures, and draw none"
    )]
    pub(crate) fn draw(name: &str, tables: &str) {
        let chart = CHARTS.iter().find(|chart| chart.name == name).expect("a chart");
        let pictures = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/pictures");
        let picture = format!("{pictures}/{name}.svg");
        std::fs::write(&picture, chart.svg(tables)).expect("the picture is written");
        println!("drawn: {picture}");
    }

    /// The picture of the tables of this benchmark. The bars of a case have the same scale.
    pub(crate) fn svg(&self, tables: &str) -> String {
        svg(self.title, &cases(tables, self.mark))
    }
}

fn svg(title: &str, cases: &[Case<'_>]) -> String {
    let mut bars = String::new();
    let mut words = Vec::new();
    let mut y = 64.0;
    for Case {
        name, bars: values, ..
    } in cases
    {
        let number = |value: &str| value.parse::<f64>().unwrap_or_default();
        let longest = values
            .iter()
            .map(|(_, value)| number(value))
            .fold(f64::MIN, f64::max);
        let _ = writeln!(bars, r#"<text class="case" x="16" y="{y}">{name}</text>"#);
        for (name, value) in values {
            y += LINE;
            let is_by_hand = BY_HAND.iter().any(|by_hand| name.starts_with(by_hand));
            let class = if is_by_hand { "other" } else { "ours" };
            let length = LONGEST * number(value) / longest;
            let (top, end, value) = (y - 11.0, LEFT + length + 6.0, thousands(value));
            let _ = writeln!(
                bars,
                r#"<text x="16" y="{y}">{name}</text><rect class="{class}" x="{LEFT}" y="{top}" width="{length:.1}" height="13" rx="2"/><text x="{end:.1}" y="{y}">{value}</text>"#
            );
        }
        let values = values
            .iter()
            .map(|(name, value)| format!("{name} {}", thousands(value)));
        words.push(format!("{name}: {}.", values.collect::<Vec<_>>().join(", ")));
        y += LINE + 10.0;
    }
    let (height, words) = (y - 6.0, words.join(" "));
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">
<title id="title">{title}</title>
<desc id="description">{words}</desc>
<style>
.page {{ fill: #ffffff; stroke: #d0d7de }}
text {{ font: 12px system-ui, sans-serif; fill: #1f2328 }}
.title {{ font-size: 15px; font-weight: 600 }}
.case {{ font-weight: 600 }}
.ours {{ fill: #0969da }}
.other {{ fill: #afb8c1 }}
@media (prefers-color-scheme: dark) {{
  .page {{ fill: #161b22; stroke: #30363d }}
  text {{ fill: #e6edf3 }}
  .ours {{ fill: #58a6ff }}
  .other {{ fill: #6e7681 }}
}}
</style>
<rect class="page" x="0.5" y="0.5" width="{}" height="{}" rx="8"/>
<text class="title" x="16" y="32">{title}</text>
{bars}</svg>
"#,
        WIDTH - 1.0,
        height - 1.0,
    )
}

/// `71316` as `71,316`.
fn thousands(value: &str) -> String {
    let (whole, fraction) = value.split_at(value.find('.').unwrap_or(value.len()));
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}
