//! The table of a benchmark as a picture of bars, for the page about benchmarks.

use std::fmt::Write as _;

/// The title of the owner's picture, `docs/pictures/throughput.svg`.
pub(crate) const THROUGHPUT: &str = "Requests a second";

const WIDTH: f64 = 480.0;
/// Where the bars begin, and how long the longest is.
const LEFT: f64 = 148.0;
const LONGEST: f64 = 250.0;
const LINE: f64 = 18.0;

/// What was compared in one case, in the table's first column of numbers.
struct Case<'r> {
    name: &'r str,
    bars: Vec<(&'r str, f64)>,
}

/// The cases of a report: a line with a name, a line with the columns, and a line for each service.
fn cases(report: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in report.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with(' ') {
            cases.push(Case {
                name: line,
                bars: Vec::new(),
            });
            continue;
        }
        let mut words = line.split_whitespace();
        let (name, value) = (words.next(), words.next().and_then(|value| value.parse().ok()));
        if let (Some(case), Some(name), Some(value)) = (cases.last_mut(), name, value) {
            case.bars.push((name, value));
        }
    }
    cases.retain(|case| !case.bars.is_empty());
    cases
}

/// The picture of a report. The bars of a case share a scale, and the first one stands out.
pub(crate) fn svg(title: &str, report: &str) -> String {
    let cases = cases(report);
    let mut bars = String::new();
    let mut words = Vec::new();
    let mut y = 64.0;
    for Case { name, bars: values } in &cases {
        let longest = values.iter().map(|(_, value)| *value).fold(f64::MIN, f64::max);
        let _ = writeln!(bars, r#"<text class="case" x="16" y="{y}">{name}</text>"#);
        for (place, (name, value)) in values.iter().enumerate() {
            y += LINE;
            let (class, length) = (
                if place == 0 { "ours" } else { "other" },
                LONGEST * value / longest,
            );
            let (top, end, value) = (y - 11.0, LEFT + length + 6.0, thousands(*value));
            let _ = writeln!(
                bars,
                r#"<text x="16" y="{y}">{name}</text><rect class="{class}" x="{LEFT}" y="{top}" width="{length:.1}" height="13" rx="2"/><text x="{end:.1}" y="{y}">{value}</text>"#
            );
        }
        let values = values
            .iter()
            .map(|(name, value)| format!("{name} {}", thousands(*value)));
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

/// `71316.0` as `71,316`.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
