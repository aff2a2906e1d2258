//! The rules of `#[permission(..)]` and of fields, from their tokens to a condition on rows.

use gm_runtime::access::Principal;
use gm_runtime::field::Value;
use gm_runtime::manager::{
    CallerAttribute, FieldDescription, Operation, Permissions, Rule, RuleOperand, RuleOperator,
};
use gm_runtime::query::{Condition, Filter};
use gm_runtime::{Error, FieldType, GeneralManager, Gm, Manager};
use rust_decimal::Decimal;

#[derive(Clone, Copy, Debug, PartialEq, FieldType)]
enum Status {
    Open,
    Closed,
}

mod limits {
    pub(super) const LARGE: i64 = 100;
}

const SMALLEST: i64 = -3;

/// A struct with each word of the grammar. It has no API: its rules are for handles that act as a caller.
#[derive(Clone, Debug, GeneralManager)]
#[database(table = "tickets")]
#[permission(
    read = public | authenticated & nobody | admin | group("agents") | permission("tickets.read"),
    create = authenticated & tenant == caller.claim("tenant") & status != Status::Closed & size >= SMALLEST
        & size < limits::LARGE & size <= 7 & size > -1 & title in ["a", Self::TITLE] & r#type == 2.5,
    update(
        before = group("agents") & (owner == caller.name | assignee in caller.groups | status in caller.claim("statuses")),
        after = !changed(status) | !(is_null(assignee) & is_open == true),
    ),
    delete = is_outside | visibility::of_titles & Ticket::of_the_caller
)]
struct Ticket {
    #[field(id)]
    id: i64,
    tenant: i64,
    title: String,
    status: Status,
    owner: uuid::Uuid,
    assignee: Option<String>,
    size: i64,
    is_open: bool,
    r#type: f64,
    #[field(max_digits = 10, decimal_places = 2, read = admin, write = group("sales") & !permission("trainee"))]
    price: Option<Decimal>,
    #[field(create = authenticated, update = nobody)]
    source: Option<String>,
    #[field(preset = caller.name)]
    created_by: String,
    #[field(preset = caller.claim("user_id"), preset_on_update = caller.claim("user_id"))]
    changed_by: Option<i64>,
}

impl Ticket {
    const TITLE: &'static str = "b";

    fn of_the_caller(caller: &Principal) -> Condition<Self> {
        let rows = Self::FIELDS.created_by;
        caller
            .name()
            .map_or_else(Condition::never, |name| rows.eq(name).into())
    }
}

fn is_outside(_: &Principal) -> Filter<Ticket> {
    Ticket::FIELDS.tenant.gt(1000)
}

mod visibility {
    use super::{Condition, Manager as _, Principal, Ticket};

    pub(super) fn of_titles(caller: &Principal) -> Condition<Ticket> {
        match caller.is_admin() {
            true => Condition::always(),
            false => !Ticket::FIELDS.title.eq("hidden"),
        }
    }
}

/// The rule in prefix notation.
fn shown(rule: &Rule) -> String {
    let fields = Ticket::DESCRIPTION.fields();
    let name = |index: &u16| fields[usize::from(*index)].ident();
    let joined = |symbol: &str, rules: &[Rule]| {
        let rules: Vec<_> = rules.iter().map(shown).collect();
        format!("{symbol}({})", rules.join(", "))
    };
    match rule {
        Rule::Group(name) => format!("group {name}"),
        Rule::Permission(name) => format!("permission {name}"),
        Rule::Compare {
            field,
            operator,
            operand,
        } => format!("{} {} {}", name(field), symbol(*operator), operand_shown(operand)),
        Rule::IsNull(field) => format!("null {}", name(field)),
        Rule::Changed(field) => format!("changed {}", name(field)),
        Rule::Own { path, .. } => format!("fn {path}"),
        Rule::All(rules) => joined("&", rules),
        Rule::Any(rules) => joined("|", rules),
        Rule::Not(rule) => format!("!({})", shown(rule)),
        word => format!("{word:?}"),
    }
}

fn symbol(operator: RuleOperator) -> &'static str {
    match operator {
        RuleOperator::Equal => "==",
        RuleOperator::NotEqual => "!=",
        RuleOperator::Less => "<",
        RuleOperator::LessOrEqual => "<=",
        RuleOperator::Greater => ">",
        RuleOperator::GreaterOrEqual => ">=",
        RuleOperator::In => "in",
    }
}

fn operand_shown(operand: &RuleOperand) -> String {
    let shown = |value: Value| match value {
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Text(text) => format!("{text:?}"),
        other => format!("{other:?}"),
    };
    match operand {
        RuleOperand::Value(value) => shown(value()),
        RuleOperand::Values(values) => {
            let values: Vec<_> = values().into_iter().map(shown).collect();
            format!("[{}]", values.join(", "))
        }
        RuleOperand::Caller(attribute) => format!("{attribute:?}"),
        other => panic!("{other:?}"),
    }
}

fn permissions() -> &'static Permissions {
    Ticket::DESCRIPTION.permissions()
}

fn rule(operation: Operation) -> String {
    shown(permissions().rule(operation))
}

#[test]
fn words_are_joined_with_the_precedence_of_rust() {
    assert_eq!(
        rule(Operation::Detail),
        "|(Public, &(Authenticated, Nobody), Admin, group agents, permission tickets.read)"
    );
    assert!(!Ticket::DESCRIPTION.has_row_rule());
}

#[test]
fn comparisons_bind_stronger_than_joins() {
    assert_eq!(
        rule(Operation::Create),
        "&(Authenticated, tenant == Claim(\"tenant\"), status != \"closed\", size >= -3, size < 100, size <= 7, size > -1, \
         title in [\"a\", \"b\"], type == 2.5)"
    );
}

#[test]
fn an_update_has_a_rule_for_each_image() {
    assert_eq!(
        rule(Operation::Update),
        "&(group agents, |(owner == Name, assignee in Groups, status in Claim(\"statuses\")))"
    );
    assert_eq!(
        shown(permissions().rule_after_update()),
        "|(!(changed status), !(&(null assignee, is_open == true)))"
    );
}

#[test]
fn functions_make_conditions_of_the_caller() {
    assert_eq!(
        rule(Operation::Delete),
        "|(fn is_outside, &(fn visibility::of_titles, fn Ticket::of_the_caller))"
    );
    let Rule::Any(
        [
            Rule::Own { condition, .. },
            Rule::All(
                [
                    _,
                    Rule::Own {
                        condition: of_caller, ..
                    },
                ],
            ),
        ],
    ) = permissions().rule(Operation::Delete)
    else {
        panic!("another rule");
    };
    let principal = Principal::named("ada");
    assert_eq!(
        format!("{:?}", condition(&principal)),
        format!("{:?}", Condition::from(is_outside(&principal)))
            .replace("Condition(", "")
            .strip_suffix(')')
            .unwrap()
    );
    assert_ne!(of_caller(&principal), of_caller(&Principal::anonymous()));
}

fn field(name: &str) -> &'static FieldDescription {
    let description = Ticket::DESCRIPTION;
    description.field(description.field_index(name).unwrap())
}

#[test]
fn fields_have_rules_and_presets() {
    let rules = |name| {
        let field = field(name);
        [field.read_rule(), field.create_rule(), field.update_rule()].map(shown)
    };
    let sales = "&(group sales, !(permission trainee))";
    assert_eq!(rules("price"), ["Admin", sales, sales]);
    assert_eq!(rules("source"), ["Public", "Authenticated", "Nobody"]);
    assert_eq!(rules("title"), ["Public", "Public", "Public"]);
    let presets = |name| (field(name).preset(), field(name).preset_on_update());
    let user_id = Some(CallerAttribute::Claim("user_id"));
    assert_eq!(presets("created_by"), (Some(CallerAttribute::Name), None));
    assert_eq!(presets("changed_by"), (user_id, user_id));
    assert_eq!(presets("title"), (None, None));
}

/// Rules whose parts come from a macro's arguments.
macro_rules! document {
    ($name:ident, $owner:ident, $limit:expr, $group:literal, $function:path, $ty:ty) => {
        #[derive(Clone, Debug, GeneralManager)]
        #[database(table = "documents")]
        #[permission(
                    read = $owner == caller.name & level < $limit | group($group) | !(level in [$limit, 9]),
                    delete = $function | is_null($owner)
                )]
        struct $name {
            #[field(id)]
            id: i64,
            level: $ty,
            $owner: Option<String>,
        }
    };
}

fn of_no_caller(_: &Principal) -> Condition<Document> {
    Condition::never()
}

document!(Document, owner, 7, "archivists", self::of_no_caller, i64);

#[test]
fn a_macro_writes_parts_of_rules() {
    let permissions = Document::DESCRIPTION.permissions();
    let Rule::Any([Rule::All([owner, level]), group, Rule::Not(list)]) = permissions.rule(Operation::Detail)
    else {
        panic!("{:?}", permissions.rule(Operation::Detail));
    };
    assert!(matches!(
        owner,
        Rule::Compare {
            field: 2,
            operator: RuleOperator::Equal,
            ..
        }
    ));
    assert!(matches!(
        level,
        Rule::Compare {
            field: 1,
            operator: RuleOperator::Less,
            ..
        }
    ));
    assert!(matches!(group, Rule::Group("archivists")));
    assert!(matches!(
        list,
        Rule::Compare {
            operator: RuleOperator::In,
            ..
        }
    ));
    let Rule::Any([Rule::Own { path, .. }, Rule::IsNull(2)]) = permissions.rule(Operation::Delete) else {
        panic!("{:?}", permissions.rule(Operation::Delete));
    };
    assert_eq!(*path, "self::of_no_caller");
}

#[derive(Clone, Debug, GeneralManager)]
#[database(table = "notes")]
#[permission(read = public, create = authenticated)]
struct Note {
    #[field(id)]
    id: i64,
    text: String,
    #[field(preset = caller.name)]
    author: String,
}

/// The service's own code sets a preset field like a field with a default.
#[tokio::test]
async fn rules_without_an_api_are_for_handles_that_act_as_a_caller() {
    let gm = Gm::builder().in_memory::<Note>().build().await.unwrap();
    let note = Note::create(NoteCreate { text: "a".into() }).author("ada");
    note.exec(&gm).await.unwrap();
    let anonymous = gm.acting_as(Principal::anonymous());
    assert_eq!(Note::count(&anonymous).await.unwrap(), 1);
    let refused = Note::by_id(1).delete(&anonymous).await.unwrap_err();
    assert!(matches!(refused, Error::PermissionDenied { .. }), "{refused:?}");
    let without = Note::create(NoteCreate { text: "b".into() }).exec(&gm).await;
    let error = without.unwrap_err();
    assert!(error.to_string().contains("author"), "{error}");
}

/// The struct of an owner, as its consumer declares it too.
#[derive(Clone, Debug, GeneralManager)]
#[remote_manager(base_url = "http://localhost:1", resource = "notes")]
struct RemoteNote {
    #[field(id)]
    id: i64,
    #[field(read = admin, write = admin)]
    text: Option<String>,
    #[field(preset = caller.name)]
    author: String,
}

#[test]
fn a_consumer_leaves_rules_and_presets_to_its_owner() {
    let description = RemoteNote::DESCRIPTION;
    assert!(!description.has_permissions());
    let [_, text, author] = description.fields() else {
        panic!("other fields");
    };
    assert_eq!(shown(text.read_rule()), "Public");
    assert_eq!((author.preset(), author.read_only()), (None, true));
    // The struct of a create has no required field.
    let _ = RemoteNote::create(RemoteNoteCreate::default()).text("a");
}
