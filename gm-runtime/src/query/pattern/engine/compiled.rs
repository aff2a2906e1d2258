//! A compiled pattern. It matches in steps, and checks the deadline between them.

use regex_automata::Input;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::pikevm::{self, PikeVM};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{self, Ast, ClassSetBinaryOp, ClassSetItem};
use regex_syntax::hir::{Hir, translate::TranslatorBuilder};

use crate::field::ValueError;
use crate::query::pattern::deadline::{DeadlineExceeded, check_deadline, exceed_deadline};

/// The longest pattern, in bytes.
const MAX_BYTES: usize = 1000;
/// The greatest size of a compiled pattern, in bytes. Each Unicode `\w` takes tens of kilobytes.
const MAX_SIZE: usize = 1024 * 1024;
/// The size of the cache of the lazy DFA, in bytes.
const MAX_MEMORY: usize = 512 * 1024;
/// The most classes in a pattern: bracketed ones and Unicode ones (`\p`). If case is ignored, the compilation of a class adds
/// every other case of each of its characters. That takes some milliseconds, even if the compiled class is small.
const MAX_CLASSES: usize = 24;
/// The deepest nesting of groups and repetitions.
const MAX_DEPTH: u32 = 50;

/// The bytes of a text between two checks of the deadline. The worst pattern takes about 20 ms for them.
const BYTES_PER_CHECK: usize = 256;
/// The longest match without a check of the deadline, in states times bytes. It takes less than a second.
const MAX_STEPS: usize = 20_000_000;

/// A compiled pattern.
pub(super) struct Compiled {
    dfa: DFA,
    cache: Cache,
    /// The engine for texts that the DFA can't match. Built at its first use.
    pike_vm: Option<(PikeVM, pikevm::Cache)>,
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
            pike_vm: None,
        })
    }

    /// Whether the pattern matches anywhere in the text.
    pub(super) fn is_match(&mut self, text: &str) -> Result<bool, DeadlineExceeded> {
        match self.match_by_dfa(text)? {
            Some(found) => Ok(found),
            None => self.match_by_pike_vm(text),
        }
    }

    /// Matches in steps. `None` if a word boundary is next to a character that is not ASCII, which the DFA does not support.
    fn match_by_dfa(&mut self, text: &str) -> Result<Option<bool>, DeadlineExceeded> {
        let Ok(mut state) = self.dfa.start_state_forward(&mut self.cache, &Input::new(text)) else {
            return Ok(None);
        };
        for part in text.as_bytes().chunks(BYTES_PER_CHECK) {
            check_deadline()?;
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

    /// Matches in one step, which a query with a deadline is refused if it may be too long.
    fn match_by_pike_vm(&mut self, text: &str) -> Result<bool, DeadlineExceeded> {
        let nfa: &NFA = self.dfa.get_nfa();
        if nfa.states().len().saturating_mul(text.len()) > MAX_STEPS {
            exceed_deadline()?;
        }
        if self.pike_vm.is_none() {
            let built = PikeVM::new_from_nfa(nfa.clone());
            self.pike_vm = built.ok().map(|vm| {
                let cache = vm.create_cache();
                (vm, cache)
            });
        }
        let found = self.pike_vm.as_mut().map(|(vm, cache)| vm.is_match(cache, text));
        Ok(found.unwrap_or(false))
    }
}

fn parse(pattern: &str, ignore_case: bool) -> Result<Hir, ValueError> {
    let ast = ParserBuilder::new()
        .nest_limit(MAX_DEPTH)
        .build()
        .parse(pattern)
        .map_err(|error| invalid_pattern(&error.to_string()))?;
    ast::visit(&ast, ClassCounter(0))?;
    TranslatorBuilder::new()
        .case_insensitive(ignore_case)
        .build()
        .translate(pattern, &ast)
        .map_err(|error| invalid_pattern(&error.to_string()))
}

/// Counts the classes of a pattern.
struct ClassCounter(usize);

impl ClassCounter {
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

impl ast::Visitor for ClassCounter {
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
        // A class on each side of the operator.
        self.add(2)
    }
}

fn invalid_pattern(message: &str) -> ValueError {
    ValueError::new(format!("expected a regular expression: {}", last_line(message)))
}

fn too_big() -> ValueError {
    ValueError::new("expected a simpler pattern: its compiled form is too large")
}

/// The last line of the message. The lines before it show the pattern.
fn last_line(message: &str) -> &str {
    let line = message
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix("error: "));
    line.unwrap_or("the pattern is invalid")
}
