//! Whether a table fits its managers.
//!
//! What makes a statement fail, or makes untrue what the struct says, is refused at the start, since later it would be
//! an error of each request. What only others could make go wrong is a warning: their tables work.

use super::affinity::{Affinity, length};
use super::decimal_places;
use super::difference::{Change, Difference, Remedy, Weight};
use super::dry_run;
use super::introspection::{FoundColumn, FoundTable, Kind};
use crate::field::ValueType;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{WantedColumn, WantedTable};
use crate::manager::{Description, Operation};

/// A UUID with its hyphens.
const UUID_CHARACTERS: u32 = 36;

/// What differs, in the order of the structs.
pub(super) fn differences(wanted: &WantedTable, found: &FoundTable) -> Vec<Difference> {
    let (mut differences, mut untold) = (Vec::new(), Vec::new());
    for manager in &wanted.managers {
        for wish in WantedColumn::all_of(manager) {
            let mut comparison = Comparison {
                table: wanted.name,
                wish,
                differences: &mut differences,
                untold: &mut untold,
            };
            match found.column(wish.name()) {
                Some(column) => comparison.column(found, column),
                None => comparison.missing(found),
            }
        }
        differences.extend(unfilled(wanted, manager, found));
    }
    differences.extend(decimal_places::untold(wanted, &untold));
    differences
}

struct Comparison<'a> {
    table: &'static str,
    wish: WantedColumn,
    differences: &'a mut Vec<Difference>,
    /// The decimals of which nothing tells the places.
    untold: &'a mut Vec<WantedColumn>,
}

impl Comparison<'_> {
    fn say(&mut self, weight: Weight, remedy: Remedy, words: String) {
        self.differences.push(Difference {
            table: self.table,
            manager: self.wish.manager,
            field: Some(self.wish.field.name()),
            words,
            weight,
            remedy,
        });
    }

    fn refuse(&mut self, remedy: Remedy, words: String) {
        self.say(Weight::Refused, remedy, words);
    }

    fn missing(&mut self, found: &FoundTable) {
        let (name, wanted) = (self.wish.name(), self.definition());
        if found.kind != Kind::Table {
            self.refuse(
                Remedy::None,
                format!("there is no column `{name}`, and no statement adds one: make it anew with `{name}`"),
            );
        } else if self.wish.id {
            self.refuse(
                Remedy::None,
                format!("there is no column `{name}`, which is to tell the rows apart; wanted is `{wanted}`"),
            );
        } else {
            self.refuse(
                Remedy::AddColumn(self.wish),
                format!("there is no column `{name}`; wanted is `{wanted}`"),
            );
        }
    }

    /// The wanted type, and whether null is wanted.
    fn definition(&self) -> String {
        let field = self.wish.field;
        let null = if field.nullable() { "" } else { " NOT NULL" };
        format!("{}{null}", SqlDialect::Sqlite.column_type(field))
    }

    fn column(&mut self, found: &FoundTable, column: &FoundColumn) {
        if self.wish.id {
            self.id(found, column);
        }
        if found.kind != Kind::Table {
            return;
        }
        if column.generated {
            let words = format!(
                "the column `{}` is computed, and a manager writes its columns",
                column.name
            );
            self.refuse(Remedy::None, words);
            return;
        }
        if self.form(found, column) {
            self.length(column);
            self.places(column);
        }
        self.null(column);
        self.collation(column);
        self.index(found, column);
    }

    fn id(&mut self, found: &FoundTable, column: &FoundColumn) {
        let name = &column.name;
        if found.kind == Kind::Virtual {
            self.refuse(
                Remedy::None,
                format!(
                    "the column `{name}` is of a virtual table, in which nothing keeps an id to one row; keep the rows in a \
                     table, and let its triggers fill this one"
                ),
            );
        } else if self.wish.assigned && !column.row_number {
            let (is, remedy) = if found.kind == Kind::View {
                ("of a view", Remedy::None)
            } else {
                (
                    "not `INTEGER PRIMARY KEY`",
                    Remedy::Rebuild(self.wish, Change::Key),
                )
            };
            self.refuse(
                remedy,
                format!("the column `{name}` is {is}, so SQLite assigns no ids to new rows; an `i64` id is assigned"),
            );
        } else if self.wish.assigned && !column.autoincrement {
            self.say(
                Weight::Warned,
                Remedy::Rebuild(self.wish, Change::Autoincrement),
                format!(
                    "the column `{name}` is not AUTOINCREMENT: the id of the last row is given again once that row is \
                     deleted, and a consumer may take the one for the other"
                ),
            );
        } else if found.kind == Kind::Table && !found.is_unique(column, self.wish.field.value_type()) {
            self.refuse(
                Remedy::CreateIndex(WantedColumn {
                    unique: true,
                    ..self.wish
                }),
                format!("the column `{name}` is neither the primary key nor unique, so an id could have several rows"),
            );
        }
    }

    /// Whether the column keeps the form in which the field's values are stored.
    fn form(&mut self, found: &FoundTable, column: &FoundColumn) -> bool {
        let value_type = self.wish.field.value_type();
        let declared = if column.declared.is_empty() {
            "no type"
        } else {
            &column.declared
        };
        let wanted = self.definition();
        let capitals = column.declared.to_ascii_uppercase();
        let says = |words: &[&str]| words.iter().any(|word| capitals.contains(word));
        if !Affinity::of(&column.declared, found.strict).keeps(value_type, found.strict) {
            self.refuse(
                Remedy::Rebuild(self.wish, Change::Type),
                format!(
                    "the column `{}` is `{declared}`, which does not keep the field's values as they are; wanted is `{wanted}`",
                    column.name
                ),
            );
            return false;
        }
        match value_type {
            // 12 would be read as 0.12, and nobody would notice.
            ValueType::Decimal if says(&["DEC", "NUM"]) => {
                self.refuse(
                    Remedy::Rebuild(self.wish, Change::Type),
                    format!(
                        "the column `{}` is `{declared}`, in which others keep the numbers themselves; wanted is \
                         `{wanted}`, in units of the last decimal place, which is exact",
                        column.name
                    ),
                );
                false
            }
            ValueType::DateTime | ValueType::Time if says(&["TIME"]) => {
                self.say(
                    Weight::Warned,
                    Remedy::None,
                    format!(
                        "the column `{}` is `{declared}`, in which others keep text; what is read and written here are \
                         microseconds",
                        column.name
                    ),
                );
                true
            }
            _ => true,
        }
    }

    fn length(&mut self, column: &FoundColumn) {
        let field = self.wish.field;
        let wanted = match field.value_type() {
            ValueType::Text | ValueType::Bytes => field.max_length(),
            ValueType::Uuid => Some(UUID_CHARACTERS),
            _ => return,
        };
        let Some(declared) = length(&column.declared) else {
            return;
        };
        let (name, there) = (&column.name, &column.declared);
        match wanted {
            Some(wanted) if wanted > declared => self.refuse(
                Remedy::Rebuild(self.wish, Change::Type),
                format!("the column `{name}` is `{there}`, and the field holds up to {wanted}"),
            ),
            None => self.say(
                Weight::Warned,
                Remedy::Rebuild(self.wish, Change::Type),
                format!(
                    "the column `{name}` is `{there}`, which SQLite does not keep to, and the field has no `max_length`"
                ),
            ),
            Some(_) => {}
        }
    }

    fn places(&mut self, column: &FoundColumn) {
        match (column.places, self.wish.places) {
            (Some(there), Some(wanted)) if there != wanted => {
                self.refuse(
                    Remedy::Rebuild(self.wish, Change::Type),
                    decimal_places::other_places(column, there, wanted),
                );
            }
            (None, Some(_)) => self.untold.push(self.wish),
            (Some(there), None) if there > 0 => {
                let words = decimal_places::read_as_units(column, there);
                self.say(Weight::Warned, Remedy::None, words);
            }
            _ => {}
        }
    }

    fn null(&mut self, column: &FoundColumn) {
        let name = &column.name;
        if self.wish.assigned {
            return;
        }
        let remedy = Remedy::Rebuild(self.wish, Change::Null);
        match (self.wish.field.nullable(), column.not_null || column.row_number) {
            (true, true) => self.refuse(
                remedy,
                format!("the column `{name}` is NOT NULL, and the field is an `Option`"),
            ),
            (false, false) if column.in_key => self.refuse(
                remedy,
                format!(
                    "the column `{name}` may be null, although it is the primary key (SQLite takes nulls there unless it says \
                     NOT NULL), and a row of the struct can't hold that"
                ),
            ),
            (false, false) => self.refuse(
                remedy,
                format!(
                    "the column `{name}` may be null, and a row of the struct can't hold that: write `Option<..>`, or \
                     make the column NOT NULL"
                ),
            ),
            _ => {}
        }
    }

    fn collation(&mut self, column: &FoundColumn) {
        if self.wish.field.value_type() == ValueType::Text && !column.collation.eq_ignore_ascii_case("BINARY")
        {
            self.refuse(
                Remedy::Rebuild(self.wish, Change::Collation),
                format!(
                    "the column `{}` is COLLATE {}, which takes different texts for equal; wanted is BINARY, and the \
                     lookups that ignore case are `iexact` and its like",
                    column.name, column.collation
                ),
            );
        }
    }

    fn index(&mut self, found: &FoundTable, column: &FoundColumn) {
        let name = &column.name;
        if self.wish.unique && !found.is_unique(column, self.wish.field.value_type()) {
            self.refuse(
                Remedy::CreateIndex(self.wish),
                format!("no unique index is on the column `{name}` alone, and the field is `unique`"),
            );
        }
        if self.wish.index && !found.is_indexed(column) {
            self.refuse(
                Remedy::CreateIndex(self.wish),
                format!("no index begins with the column `{name}`, and the field has `index`"),
            );
        }
    }
}

/// Columns that the manager does not know, and that can't hold what a new row gets there.
fn unfilled<'a>(
    wanted: &'a WantedTable,
    manager: &'static Description,
    found: &'a FoundTable,
) -> impl Iterator<Item = Difference> + 'a {
    let creates = manager
        .api()
        .is_some_and(|api| api.operations().contains(Operation::Create));
    let written =
        |column: &&FoundColumn| found.kind == Kind::Table && !column.generated && !column.row_number;
    let fills = |manager: &Description, column: &FoundColumn| {
        manager
            .fields()
            .iter()
            .any(|field| field.column().eq_ignore_ascii_case(&column.name))
    };
    // A struct that shows others a part of the rows leaves it to the one of the whole rows to create them.
    let unknown = move |column: &&FoundColumn| {
        let whole = |other: &&'static Description| fills(other, column);
        !fills(manager, column) && (creates || !wanted.managers.iter().any(whole))
    };
    let without = move |column: &'a FoundColumn| {
        let lack = match &column.default {
            None if column.not_null => "is NOT NULL and has no default".to_owned(),
            None => format!("can't hold null ({})", dry_run::fault_left_out(found, column)?),
            Some(_) => format!(
                "can't hold its default ({})",
                dry_run::fault_left_out(found, column)?
            ),
        };
        Some(Difference {
            table: wanted.name,
            manager,
            field: None,
            words: format!(
                "the column `{}` {lack}, and no field fills it, so every create fails: add a field, or give the column a \
                 default that it can hold",
                column.name
            ),
            // Who only reads may do so.
            weight: if creates { Weight::Refused } else { Weight::Warned },
            remedy: Remedy::None,
        })
    };
    let unfilled = found.columns.iter().filter(written).filter(unknown);
    unfilled.filter_map(without)
}
