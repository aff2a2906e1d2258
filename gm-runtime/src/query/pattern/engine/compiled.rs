//! A pattern that is ready to be matched, in steps between which the time is looked at.

use regex_automata::Input;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::pikevm::{self, PikeVM};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{self, Ast, ClassSetBinaryOp, ClassSetItem};
use regex_syntax::hir::{Hir, translate::TranslatorBuilder};

use crate::field::ValueError;
use crate::query::pattern::deadline::{self, TooLate};

/// The longest pattern, in bytes.
const MAX_BYTES: usize = 1000;
/// What a pattern may be compiled to, in bytes. Each `\w` of Unicode is some tens of kilobytes.
const MAX_SIZE: usize = 1024 * 1024;
/// What a thread may remember of a pattern's matches, in bytes, for either direction.
const MAX_MEMORY: usize = 512 * 1024;
/// The most classes, in brackets and of Unicode (`\p`). Without regard to case each costs some milliseconds, whatever it is
/// compiled to: it is made of every character that differs from one of its own by case alone.
const MAX_CLASSES: usize = 24;
/// Groups and repetitions within each other.
const MAX_DEPTH: u32 = 50;

/// Bytes of a text between two looks at the clock: some 20 ms of the worst pattern.
const LOOK: usize = 256;
/// How much a match that can't look at the clock may have to do, in states times bytes: less than a second.
const MAX_STEPS: usize = 20_000_000;

pub(super) struct Compiled {
    dfa: DFA,
    cache: Cache,
    /// Made when it is first needed.
    slow: Option<(PikeVM, pikevm::Cache)>,
}

impl Compiled {
    pub(super) fn new(pattern: &str, ignore_case: bool) -> Result<Self, ValueError> {
        if pattern.len() > MAX_BYTES {
            return Err(ValueError::new(format!(
                "expected a pattern of at most {MAX_BYTES} bytes"
            )));
        }
        let parsed = parse(pattern, ignore_case)?;
        let bounds = thompson::Config::new()
            .nfa_size_limit(Some(MAX_SIZE))
            .which_captures(WhichCaptures::None);
        let nfa = thompson::Compiler::new()
            .configure(bounds)
            .build_from_hir(&parsed)
            .map_err(|_| too_big())?;
        let config = DFA::config()
            .cache_capacity(MAX_MEMORY)
            .skip_cache_capacity_check(true)
            .unicode_word_boundary(true);
        let dfa = DFA::builder()
            .configure(config)
            .build_from_nfa(nfa)
            .map_err(|_| too_big())?;
        Ok(Self {
            cache: dfa.create_cache(),
            dfa,
            slow: None,
        })
    }

    /// Whether it matches anywhere in the text.
    pub(super) fn is_match(&mut self, text: &str) -> Result<bool, TooLate> {
        match self.step_through(text)? {
            Some(found) => Ok(found),
            None => self.at_once(text),
        }
    }

    /// Absent where the edge of a word lies beside a character that is not ASCII, which these steps can't judge.
    fn step_through(&mut self, text: &str) -> Result<Option<bool>, TooLate> {
        let Ok(mut state) = self.dfa.start_state_forward(&mut self.cache, &Input::new(text)) else {
            return Ok(None);
        };
        for part in text.as_bytes().chunks(LOOK) {
            deadline::look()?;
            for byte in part {
                let Ok(next) = self.dfa.next_state(&mut self.cache, state, *byte) else {
                    return Ok(None);
                };
                state = next;
                if state.is_tagged() {
                    if state.is_match() {
                        return Ok(Some(true));
                    }
                    if state.is_dead() {
                        return Ok(Some(false));
                    }
                    if state.is_quit() {
                        return Ok(None);
                    }
                }
            }
        }
        let end = self.dfa.next_eoi_state(&mut self.cache, state);
        Ok(end.ok().map(|end| end.is_match()))
    }

    fn at_once(&mut self, text: &str) -> Result<bool, TooLate> {
        let nfa: &NFA = self.dfa.get_nfa();
        if nfa.states().len().saturating_mul(text.len()) > MAX_STEPS {
            deadline::give_up()?;
        }
        if self.slow.is_none() {
            let built = PikeVM::new_from_nfa(nfa.clone());
            self.slow = built.ok().map(|vm| {
                let cache = vm.create_cache();
                (vm, cache)
            });
        }
        let found = self.slow.as_mut().map(|(vm, cache)| vm.is_match(cache, text));
        Ok(found.unwrap_or(false))
    }
}

fn parse(pattern: &str, ignore_case: bool) -> Result<Hir, ValueError> {
    let ast = ParserBuilder::new()
        .nest_limit(MAX_DEPTH)
        .build()
        .parse(pattern)
        .map_err(|error| no_pattern(&error.to_string()))?;
    ast::visit(&ast, Classes(0))?;
    TranslatorBuilder::new()
        .case_insensitive(ignore_case)
        .build()
        .translate(pattern, &ast)
        .map_err(|error| no_pattern(&error.to_string()))
}

/// Counts the sets of characters that translating a pattern goes through one by one.
struct Classes(usize);

impl Classes {
    fn add(&mut self, classes: usize) -> Result<(), ValueError> {
        self.0 = self.0.saturating_add(classes);
        if self.0 > MAX_CLASSES {
            return Err(ValueError::new(format!(
                "expected a pattern of at most {MAX_CLASSES} classes (`[..]`, `\\p`)"
            )));
        }
        Ok(())
    }
}

impl ast::Visitor for Classes {
    type Output = ();
    type Err = ValueError;

    fn finish(self) -> Result<(), ValueError> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), ValueError> {
        match ast {
            Ast::ClassUnicode(_) | Ast::ClassBracketed(_) => self.add(1),
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), ValueError> {
        match item {
            ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => self.add(1),
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), ValueError> {
        // Both of its sides.
        self.add(2)
    }
}

fn no_pattern(message: &str) -> ValueError {
    ValueError::new(format!("expected a regular expression: {}", problem(message)))
}

fn too_big() -> ValueError {
    ValueError::new("expected a pattern with less to keep track of")
}

/// What is wrong, without the pattern, which the message draws over several lines.
fn problem(message: &str) -> &str {
    let line = message
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix("error: "));
    line.unwrap_or("this is none")
}
