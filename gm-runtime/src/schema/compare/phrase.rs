//! What a difference says of its subject, in the words of both perspectives.

use super::difference::Perspective;

/// What a difference says of its subject: the resource or the field.
pub(super) enum Phrase {
    /// It holds only of the newer schema, or of the owner.
    Gained(String),
    /// It holds only of the older schema, or of the consumer's struct.
    Lost(String),
    /// Both have a value.
    Changed { verb: Verb, from: String, to: String },
}

#[derive(Clone, Copy)]
pub(super) enum Verb {
    Be,
    Have,
    Hold,
}

impl Verb {
    fn present(self) -> &'static str {
        match self {
            Self::Be => "is",
            Self::Have => "has",
            Self::Hold => "holds",
        }
    }

    fn past(self) -> &'static str {
        match self {
            Self::Be => "was",
            Self::Have => "had",
            Self::Hold => "held",
        }
    }
}

impl Phrase {
    /// The words behind the subject.
    pub(super) fn text(&self, perspective: Perspective) -> String {
        match (self, perspective) {
            (Self::Gained(what), Perspective::Consumer) => format!("{what} at the owner and not here"),
            (Self::Lost(what), Perspective::Consumer) => format!("{what} here and not at the owner"),
            (Self::Changed { verb, from, to }, Perspective::Consumer) => {
                format!("{} {from} here and {to} at the owner", verb.present())
            }
            (Self::Gained(what), Perspective::Versions) => format!("{what} now"),
            (Self::Lost(what), Perspective::Versions) => format!("{what} no longer"),
            (Self::Changed { verb, from, to }, Perspective::Versions) => {
                format!("{} {from} and {} {to} now", verb.past(), verb.present())
            }
        }
    }
}
