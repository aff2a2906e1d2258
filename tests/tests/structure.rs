//! The structure of the two crates: a room uses those before it, the files of a room have no circles, and files are short.
//!
//! The order of the rooms is the table in `docs/design/README.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Item, UseTree};

/// The most lines of a file.
const MAX_LINES: usize = 400;
/// The most lines of gm-runtime that name a feature in a `cfg`.
const MAX_CFG_LINES: usize = 120;

type ModulePath = Vec<String>;

/// A crate's modules by their paths.
struct Modules(BTreeMap<ModulePath, Module>);

struct Module {
    /// The file, relative to `src`.
    file: String,
    /// Names that `use` brings into the module, and the paths they stand for.
    imports: BTreeMap<String, ModulePath>,
    /// Paths that the code names, as they are written.
    paths: Vec<ModulePath>,
    /// Whether it does more than declare modules and name what is in them.
    has_items: bool,
}

impl Modules {
    fn read(src: &Path) -> Self {
        let mut modules = BTreeMap::new();
        for file in rust_files(src) {
            let relative = file
                .strip_prefix(src)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            let path = module_path(&relative);
            if path.last().is_some_and(|name| name == "tests") {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{relative}: {error}"));
            let mut module = Module {
                file: relative,
                imports: BTreeMap::new(),
                paths: Vec::new(),
                has_items: false,
            };
            for item in parsed.items {
                module.take(item);
            }
            modules.insert(path, module);
        }
        Self(modules)
    }

    /// The module that defines what this path names, seen from `from`; none where it is not one of the crate's.
    fn resolve(&self, from: &ModulePath, path: &[String], depth: usize) -> Option<&ModulePath> {
        let (first, rest) = path.split_first()?;
        let parent = || from.split_last().map(|(_, parent)| parent.to_vec());
        let child = |module: &ModulePath, name: &String| {
            let path: ModulePath = module.iter().cloned().chain([name.clone()]).collect();
            self.0.contains_key(&path).then_some(path)
        };
        match first.as_str() {
            "crate" => self.descend(ModulePath::new(), rest, depth),
            "self" => self.descend(from.clone(), rest, depth),
            "super" => match rest.first() {
                Some(next) if next == "super" => self.resolve(&parent()?, rest, depth),
                _ => self.descend(parent()?, rest, depth),
            },
            _ => {
                let module = self.0.get(from)?;
                if let Some(import) = module.imports.get(first) {
                    let path: Vec<_> = import.iter().chain(rest).cloned().collect();
                    return if depth > 0 && path.first() != Some(first) {
                        self.resolve(from, &path, depth - 1)
                    } else {
                        None
                    };
                }
                self.descend(child(from, first)?, rest, depth)
            }
        }
    }

    fn descend(&self, mut module: ModulePath, path: &[String], depth: usize) -> Option<&ModulePath> {
        for (place, name) in path.iter().enumerate() {
            let mut child = module.clone();
            child.push(name.clone());
            if self.0.contains_key(&child) {
                module = child;
                continue;
            }
            let import = self.0.get(&module)?.imports.get(name);
            if let (Some(import), true) = (import, depth > 0) {
                let path: Vec<_> = import.iter().chain(&path[place + 1..]).cloned().collect();
                return self.resolve(&module, &path, depth - 1);
            }
            break;
        }
        self.0.get_key_value(&module).map(|(path, _)| path)
    }

    /// The files that each file uses.
    fn uses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (from, module) in self.0.iter().filter(|(_, module)| module.has_items) {
            let imports = module.imports.values();
            let used = imports
                .chain(&module.paths)
                .filter_map(|path| self.resolve(from, path, 16));
            for used in used.map(|used| &self.0[used]) {
                if used.has_items && used.file != module.file {
                    uses.entry(&module.file).or_default().insert(&used.file);
                }
            }
        }
        uses
    }
}

impl Module {
    fn take(&mut self, item: Item) {
        if is_test(&item) {
            return;
        }
        match item {
            Item::Use(item) => {
                for (name, leaf) in leaves(&item.tree) {
                    self.imports.insert(name, leaf);
                }
            }
            Item::Mod(item) => {
                for item in item.content.into_iter().flat_map(|(_, items)| items) {
                    self.take(item);
                }
            }
            item => {
                self.has_items = true;
                self.scan(item.into_token_stream());
            }
        }
    }

    /// Notes every path among the tokens.
    fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is_colon = |place: usize| matches!(tokens.get(place), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        let mut place = 0;
        while place < tokens.len() {
            match &tokens[place] {
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Ident(ident) if ident == "use" => {
                    let end = (place..tokens.len())
                        .find(
                            |end| matches!(&tokens[*end], TokenTree::Punct(punct) if punct.as_char() == ';'),
                        )
                        .unwrap_or(tokens.len());
                    let tree = tokens[place + 1..end].iter().cloned().collect();
                    if let Ok(tree) = syn::parse2::<UseTree>(tree) {
                        self.paths.extend(leaves(&tree).into_iter().map(|(_, leaf)| leaf));
                    }
                    place = end;
                }
                TokenTree::Ident(ident) => {
                    let mut path = vec![ident.to_string()];
                    while is_colon(place + 1)
                        && is_colon(place + 2)
                        && let Some(TokenTree::Ident(next)) = tokens.get(place + 3)
                    {
                        path.push(next.to_string());
                        place += 3;
                    }
                    if path.len() > 1 {
                        self.paths.push(path);
                    }
                }
                _ => {}
            }
            place += 1;
        }
    }
}

/// The names that a `use` brings in, and their paths.
fn leaves(tree: &UseTree) -> Vec<(String, ModulePath)> {
    let prefixed = |name: String, tree: &UseTree| {
        let leaves = leaves(tree).into_iter();
        let prefix = move |(alias, path): (String, ModulePath)| {
            let path: ModulePath = [name.clone()].into_iter().chain(path).collect();
            // `a::{self}` is `a`.
            match path.split_last() {
                Some((last, rest)) if last == "self" && !rest.is_empty() => {
                    (rest[rest.len() - 1].clone(), rest.to_vec())
                }
                _ => (alias, path),
            }
        };
        leaves.map(prefix).collect()
    };
    match tree {
        UseTree::Path(path) => prefixed(path.ident.to_string(), &path.tree),
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(name) => vec![(name.rename.to_string(), vec![name.ident.to_string()])],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        _ => Vec::new(),
    }
}

fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        _ => return false,
    };
    let is_test = |attribute: &syn::Attribute| {
        attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
    };
    attributes.iter().any(is_test)
}

fn module_path(file: &str) -> ModulePath {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    match path {
        "lib" => ModulePath::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rooms of gm-runtime, ground first: the first column of the table in the design's section "The rooms".
fn rooms() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("docs/design/README.md")).unwrap();
    let (_, section) = text
        .split_once("\n## The rooms\n")
        .expect("the section `The rooms`");
    let section = section.split("\n## ").next().unwrap_or(section);
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let names = rows.filter_map(|row| row.split_once('`')).map(|(name, _)| name);
    names
        .map(|name| name.trim_end_matches('/').trim_end_matches(".rs").to_owned())
        .collect()
}

/// One circle among these files, if there is any.
fn circle<'f>(uses: &BTreeMap<&'f str, BTreeSet<&'f str>>) -> Option<Vec<&'f str>> {
    fn walk<'f>(
        file: &'f str,
        uses: &BTreeMap<&'f str, BTreeSet<&'f str>>,
        way: &mut Vec<&'f str>,
        done: &mut BTreeSet<&'f str>,
    ) -> Option<Vec<&'f str>> {
        if let Some(start) = way.iter().position(|known| *known == file) {
            return Some(way[start..].to_vec());
        }
        if !done.insert(file) {
            return None;
        }
        way.push(file);
        for next in uses.get(file).into_iter().flatten() {
            if let Some(circle) = walk(next, uses, way, done) {
                return Some(circle);
            }
        }
        way.pop();
        None
    }
    let mut done = BTreeSet::new();
    uses.keys()
        .find_map(|file| walk(file, uses, &mut Vec::new(), &mut done))
}

/// Removes one edge after another until there is no circle, so that all of them are reported.
fn circles(mut uses: BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut found = Vec::new();
    while let Some(circle) = circle(&uses) {
        let (last, first) = (circle[circle.len() - 1], circle[0]);
        uses.get_mut(last).unwrap().remove(first);
        found.push(format!("a circle of files: {} → {first}", circle.join(" → ")));
    }
    found
}

#[test]
fn a_room_uses_those_before_it() {
    let rooms = rooms();
    let order = |room: &str| rooms.iter().position(|known| known == room);
    let modules = Modules::read(&root().join("gm-runtime/src"));
    let mut wrong = Vec::new();
    for (file, used) in modules.uses() {
        // What the crate and the derive's expansion name: doors, of no room.
        if matches!(room(file), "lib" | "__private") {
            continue;
        }
        let Some(own) = order(room(file)) else {
            wrong.push(format!("{file}: the room {} is not in the list", room(file)));
            continue;
        };
        for used in used.into_iter().filter(|used| room(used) != room(file)) {
            match order(room(used)) {
                Some(other) if other < own => {}
                _ => wrong.push(format!(
                    "file {file} of room {} uses room {}, which comes after it ({used})",
                    room(file),
                    room(used)
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_picture_shows_every_room_above_those_that_it_uses() {
    let picture = std::fs::read_to_string(root().join("docs/pictures/rooms.svg")).unwrap();
    let names = picture
        .lines()
        .filter_map(|line| line.strip_prefix("<text class=\"code\""))
        .filter_map(|text| text.split(['>', '<']).nth(1));
    let mut names: Vec<_> = names.collect();
    names.reverse();
    assert_eq!(names, rooms());
}

#[test]
fn files_of_a_room_have_no_circles() {
    let mut wrong = Vec::new();
    for krate in ["gm-runtime", "gm-macros"] {
        let modules = Modules::read(&root().join(krate).join("src"));
        let inside = |file: &str, used: &str| krate == "gm-macros" || room(file) == room(used);
        let uses = modules.uses().into_iter().filter(|(file, _)| *file != "lib.rs");
        let uses = uses.map(|(file, used)| {
            let used = used
                .into_iter()
                .filter(|used| *used != "lib.rs" && inside(file, used));
            (file, used.collect())
        });
        wrong.extend(
            circles(uses.collect())
                .into_iter()
                .map(|circle| format!("{krate}: {circle}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short() {
    let mut wrong = Vec::new();
    for krate in ["gm-runtime", "gm-macros"] {
        for file in rust_files(&root().join(krate).join("src")) {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            if lines > MAX_LINES {
                wrong.push(format!("{}: {lines} lines, {MAX_LINES} at most", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn features_are_chosen_at_the_doors_of_rooms() {
    let files = rust_files(&root().join("gm-runtime/src"));
    let lines: usize = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap())
        .map(|text| {
            text.lines()
                .filter(|line| {
                    line.split_once("cfg(")
                        .is_some_and(|(_, rest)| rest.contains("feature"))
                })
                .count()
        })
        .sum();
    assert!(
        lines <= MAX_CFG_LINES,
        "{lines} lines name a feature in a `cfg`, {MAX_CFG_LINES} at most"
    );
}

/// The walks through the code name files.
#[test]
fn the_files_that_the_design_names_exist() {
    let readme = std::fs::read_to_string(root().join("docs/design/README.md")).unwrap();
    let named = readme.split('`').skip(1).step_by(2);
    let files: Vec<_> = named
        .filter(|name| name.ends_with(".rs") && name.contains('/'))
        .collect();
    assert!(files.len() > 20, "{files:?}");
    let source = root().join("gm-runtime/src");
    let missing: Vec<_> = files.iter().filter(|file| !source.join(file).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
