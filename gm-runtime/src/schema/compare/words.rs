//! The text of a difference.

use std::fmt;

use super::difference::{Difference, DifferenceKind as Kind, Perspective};
use super::phrase::{Phrase, Verb};
use crate::condition::Operator;
use crate::field::quoted;
use crate::manager::Kept;
use crate::schema::{IntegerRange, SchemaType};

/// The most names of a list in a text.
const MAX_NAMES: usize = 5;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == Kind::ResourceRemoved && self.perspective == Perspective::Consumer {
            let Self {
                subject, resource, ..
            } = self;
            return write!(
                f,
                "the owner of `{subject}` serves no resource `{resource}` to this service"
            );
        }
        write!(f, "`{}", self.subject)?;
        if let Some(field) = &self.field {
            write!(f, ".{field}")?;
        }
        write!(f, "` {}", phrase(&self.kind).text(self.perspective))?;
        match (&self.kind, self.perspective) {
            (Kind::FieldRemoved, Perspective::Consumer) => {
                f.write_str(", or the owner does not let this service read it")
            }
            _ => Ok(()),
        }
    }
}

fn phrase(kind: &Kind) -> Phrase {
    let gained = |what: &str| Phrase::Gained(what.to_owned());
    let lost = |what: &str| Phrase::Lost(what.to_owned());
    match kind {
        Kind::ResourceRemoved => lost("is served"),
        Kind::ResourceAdded => gained("is served"),
        Kind::ProtocolVersion { from, to } => has("the protocol version ", quoted(from), quoted(to)),
        Kind::Id { from, to } => has("the id ", format!("`{from}`"), format!("`{to}`")),
        Kind::OperationRemoved(operation) => lost(&format!("has the operation `{}`", operation.name())),
        Kind::OperationAdded(operation) => gained(&format!("has the operation `{}`", operation.name())),
        Kind::WebsocketRemoved => lost("announces its changes on a websocket"),
        Kind::WebsocketAdded => gained("announces its changes on a websocket"),
        Kind::FeatureRemoved(feature) => lost(&format!("has the extension {}", quoted(feature))),
        Kind::FeatureAdded(feature) => gained(&format!("has the extension {}", quoted(feature))),
        Kind::MaxPageSize { from, to } => has("the maximum page size ", from.to_string(), to.to_string()),
        Kind::FieldRemoved => lost("is a field"),
        Kind::FieldAdded { required: false } => gained("is a field"),
        Kind::FieldAdded { required: true } => gained("is a field that a create needs"),
        Kind::Type { from, to } => Phrase::Changed {
            verb: Verb::Be,
            from: type_name(from),
            to: type_name(to),
        },
        Kind::Range { from, to } => Phrase::Changed {
            verb: Verb::Hold,
            from: range(*from),
            to: range(*to),
        },
        Kind::NullAllowed => gained("may be null"),
        Kind::NullForbidden => lost("may be null"),
        Kind::ReadForbidden => lost("can be read"),
        Kind::ReadAllowed => gained("can be read"),
        Kind::Required => gained("is needed by a create"),
        Kind::NotRequired => lost("is needed by a create"),
        Kind::CreateForbidden => lost("can be given in a create"),
        Kind::CreateAllowed => gained("can be given in a create"),
        Kind::UpdateForbidden => lost("can be changed by an update"),
        Kind::UpdateAllowed => gained("can be changed by an update"),
        Kind::NamesOnly => gained("is an enum"),
        Kind::AnyText => lost("is an enum"),
        Kind::NamesAdded(names) => gained(&format!("has {}", names_of(names))),
        Kind::NamesRemoved(names) => lost(&format!("has {}", names_of(names))),
        Kind::MaxLength { from, to } => has("", length(*from), length(*to)),
        Kind::BlankForbidden => lost("may be empty"),
        Kind::BlankAllowed => gained("may be empty"),
        Kind::Digits { from, to } => has("", digits(*from), digits(*to)),
        Kind::Min { from, to } => has("", limit("minimum", from), limit("minimum", to)),
        Kind::Max { from, to } => has("", limit("maximum", from), limit("maximum", to)),
        Kind::Pattern { from, to } => has("", limit("pattern", from), limit("pattern", to)),
        Kind::UniqueAdded => gained("is unique"),
        Kind::UniqueRemoved => lost("is unique"),
        Kind::DefaultAdded => gained("has a default"),
        Kind::DefaultRemoved => lost("has a default"),
        Kind::Kept { from, to } => Phrase::Changed {
            verb: Verb::Be,
            from: kept(*from).to_owned(),
            to: kept(*to).to_owned(),
        },
        Kind::LookupsRemoved(lookups) => lost(&format!("has {}", lookups_of(lookups))),
        Kind::LookupsAdded(lookups) => gained(&format!("has {}", lookups_of(lookups))),
        Kind::OrderRemoved => lost("can order a query"),
        Kind::OrderAdded => gained("can order a query"),
        Kind::Reference { from, to } => has("", reference(from.as_ref()), reference(to.as_ref())),
    }
}

fn has(what: &str, from: String, to: String) -> Phrase {
    Phrase::Changed {
        verb: Verb::Have,
        from: format!("{what}{from}"),
        to,
    }
}

/// The type with its article. A word of another version is quoted.
fn type_name(value_type: &SchemaType) -> String {
    use SchemaType as T;
    match value_type {
        T::Boolean => "a boolean",
        T::Integer => "an integer",
        T::Float => "a float",
        T::Float32 => "a float of 32 bits",
        T::Decimal => "a decimal",
        T::Text => "text",
        T::Bytes => "bytes",
        T::Date => "a date",
        T::Time => "a time",
        T::DateTime => "a datetime",
        T::Uuid => "a uuid",
        T::Json => "JSON",
        T::Other(word) => return format!("of the type {}", quoted(word)),
    }
    .to_owned()
}

fn range(range: Option<IntegerRange>) -> String {
    match range {
        None => "any integer of 64 bits".to_owned(),
        Some(IntegerRange { min, max, .. }) => format!("integers from {min} to {max}"),
    }
}

fn names_of(names: &[String]) -> String {
    listed(
        "the value",
        "the values",
        names.iter().map(|name| quoted(name)).collect(),
    )
}

fn lookups_of(lookups: &[Operator]) -> String {
    let names = lookups.iter().map(|lookup| format!("`{}`", lookup.name()));
    listed("the lookup", "the lookups", names.collect())
}

fn listed(one: &str, several: &str, names: Vec<String>) -> String {
    let further = names.len().saturating_sub(MAX_NAMES);
    let shown: Vec<_> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
    let what = if names.len() == 1 { one } else { several };
    match further {
        0 => format!("{what} {}", shown.join(", ")),
        further => format!("{what} {} and {further} more", shown.join(", ")),
    }
}

fn length(max_length: Option<u32>) -> String {
    match max_length {
        Some(length) => format!("the maximum length {length}"),
        None => "no maximum length".to_owned(),
    }
}

fn digits(digits: Option<(u32, u32)>) -> String {
    match digits {
        Some((digits, places)) => format!("{digits} digits with {places} after the point"),
        None => "any digits".to_owned(),
    }
}

fn limit(what: &str, limit: &Option<String>) -> String {
    match limit {
        Some(limit) => format!("the {what} {}", quoted(limit)),
        None => format!("no {what}"),
    }
}

fn kept(kept: Option<Kept>) -> &'static str {
    match kept {
        None => "a plain field",
        Some(Kept::Version) => "the version of the row",
        Some(Kept::Created) => "the time of the creation",
        Some(Kept::Updated) => "the time of the last update",
        Some(Kept::Computed) => "a computed field",
    }
}

fn reference(reference: Option<&(String, String)>) -> String {
    match reference {
        Some((resource, name)) => format!("a reference `{name}` to `{resource}`"),
        None => "no reference".to_owned(),
    }
}
