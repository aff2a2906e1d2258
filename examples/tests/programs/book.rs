//! Tests of the book: each page is in the table of contents, each link has a target, and code fits the width of a page.

#[path = "../../benches/support/chart.rs"]
mod chart;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::readme::{blocks, read, root};

/// The most characters in a line of code, so that a reader need not scroll.
const COLUMNS: usize = 90;

/// The paths of the book's pages, relative to the root of the repository.
fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    let mut folders = vec!["docs".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.ends_with(".md") {
                pages.push(path);
            }
        }
    }
    pages
}

/// The text of a page, with the parts of other files that it includes.
fn text(page: &str) -> String {
    let text = read(page);
    let folder = Path::new(page).parent().unwrap();
    let included = text.lines().map(|line| {
        let part = line
            .strip_prefix("{{#include ")
            .and_then(|rest| rest.trim_end_matches("}}").split_once(':'));
        let Some((path, anchor)) = part else {
            return line.to_owned();
        };
        let text = read(folder.join(path).to_str().unwrap());
        let (_, rest) = text.split_once(&format!("ANCHOR: {anchor} ")).unwrap();
        rest.split(&format!("ANCHOR_END: {anchor} "))
            .next()
            .unwrap()
            .to_owned()
    });
    included.collect::<Vec<_>>().join("\n")
}

/// The lines of a page, and whether each is code. Without the fences.
fn lines(page: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut in_code = false;
    page.lines().filter_map(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        (!is_fence).then_some((in_code, line))
    })
}

/// The text of a page without code blocks and inline code.
fn prose(page: &str) -> String {
    let prose = lines(page).filter(|(is_code, _)| !is_code);
    prose
        .flat_map(|(_, line)| {
            line.split('`')
                .step_by(2)
                .chain(["\n"])
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The targets of a page's links and pictures.
fn links(page: &str) -> BTreeSet<String> {
    let prose = prose(page);
    let markdown = prose.split("](").skip(1).map(|rest| (rest, ')'));
    let pictures = ["src=\"", "srcset=\"", "href=\""]
        .into_iter()
        .flat_map(|attribute| prose.split(attribute).skip(1))
        .map(|rest| (rest, '"'));
    markdown
        .chain(pictures)
        .map(|(rest, end)| rest.split(end).next().unwrap().to_owned())
        .collect()
}

/// The anchors of a page's headings, by the rules of mdBook and of code forges.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for (_, line) in lines(page).filter(|(is_code, line)| !is_code && line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim();
        let anchor: String = heading
            .chars()
            .filter_map(|character| match character {
                ' ' => Some('-'),
                '-' | '_' => Some(character),
                _ if character.is_alphanumeric() => Some(character.to_ascii_lowercase()),
                _ => None,
            })
            .collect();
        let before = seen.entry(anchor.clone()).or_default();
        anchors.insert(match *before {
            0 => anchor,
            times => format!("{anchor}-{times}"),
        });
        *before += 1;
    }
    anchors
}

#[test]
fn every_link_has_a_target() {
    let mut followed = 0;
    let pages = pages()
        .into_iter()
        .chain(["README.md", "CHANGELOG.md"].map(str::to_owned));
    for page in pages {
        let folder = root().join(&page).parent().unwrap().to_owned();
        for link in links(&text(&page)) {
            if link.starts_with("https://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match path {
                "" => root().join(&page),
                path => folder.join(path),
            };
            assert!(target.exists(), "{page} links to `{link}`, which is not there");
            if !anchor.is_empty() {
                let anchors = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(
                    anchors.contains(anchor),
                    "{page} links to `{link}`, which has no such heading, but {anchors:?}"
                );
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed}");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = read("docs/SUMMARY.md");
    for page in pages() {
        let page = page.strip_prefix("docs/").unwrap();
        assert!(
            page == "SUMMARY.md" || summary.contains(&format!("({page})")),
            "{page} is not in docs/SUMMARY.md"
        );
    }
}

#[test]
fn code_fits_the_width_of_a_page() {
    let guide = pages().into_iter().filter(|page| page.starts_with("docs/guide/"));
    for page in guide.chain(["README.md".to_owned()]) {
        for (is_code, line) in lines(&read(&page)) {
            let columns = line.chars().count();
            assert!(
                !is_code || columns <= COLUMNS,
                "{page} has a line of code of {columns} columns, and {COLUMNS} fit:\n{line}"
            );
        }
    }
}

/// Each picture has a text for screen readers, and colours for light and dark pages.
#[test]
fn every_picture_has_a_text_and_both_colour_schemes() {
    let folder = root().join("docs/pictures");
    let pictures: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let shown: BTreeSet<PathBuf> = pages()
        .into_iter()
        .chain(["README.md".to_owned()])
        .flat_map(|page| {
            let folder = root().join(&page).parent().unwrap().to_owned();
            links(&read(&page)).into_iter().map(move |link| folder.join(link))
        })
        .filter_map(|link| link.canonicalize().ok())
        .collect();
    assert!(pictures.len() >= 4, "{pictures:?}");
    for picture in pictures {
        let svg = std::fs::read_to_string(&picture).unwrap();
        for part in [
            "role=\"img\"",
            "<title",
            "<desc",
            "prefers-color-scheme: dark",
            "viewBox=",
        ] {
            assert!(svg.contains(part), "{} has no `{part}`", picture.display());
        }
        assert!(
            shown.contains(&picture.canonicalize().unwrap()),
            "no page shows {}",
            picture.display()
        );
    }
    for (page, text) in pages().iter().map(|page| (page, read(page))) {
        assert!(
            !prose(&text).contains("![]("),
            "{page} shows a picture without a text"
        );
    }
}

/// The files in the settings of the book exist.
#[test]
fn the_files_of_the_books_settings_exist() {
    let settings = read("docs/book.toml");
    for style in settings
        .lines()
        .filter_map(|line| line.strip_prefix("additional-css = [\""))
    {
        let style = style.split('"').next().unwrap();
        assert!(Path::new(&root()).join("docs").join(style).is_file(), "{style}");
    }
}

/// The bars agree with the numbers on the page. With the variable `GM_DRAW` the pictures are drawn again.
#[test]
fn the_pictures_of_the_benchmarks_agree_with_the_page() {
    let tables = blocks(&read("docs/benchmarks.md"), "text").join("\n\n");
    for chart in chart::CHARTS {
        let drawn = chart.svg(&tables);
        let picture = format!("docs/pictures/{}.svg", chart.name);
        if std::env::var_os("GM_DRAW").is_some() {
            std::fs::write(root().join(&picture), &drawn).unwrap();
        }
        assert!(
            read(&picture) == drawn,
            "{picture} has other numbers than docs/benchmarks.md: run this test with GM_DRAW=1"
        );
    }
}
