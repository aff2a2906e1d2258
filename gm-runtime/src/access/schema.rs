//! What a caller may see of a manager's schema.

use super::Managed;
use super::caller::readable_fields;
use super::rule::Resolver;
use crate::condition::Rule;
use crate::manager::{FieldDescription, FieldSet, Operation, Operations, ReferenceDescription};
use crate::principal::Principal;
use crate::schema::Sight;

/// The manager of a reference, if it is served at the same base path.
pub(crate) type Served<'a> = &'a dyn Fn(&ReferenceDescription) -> Option<&'a Managed>;

impl Managed {
    /// What this caller may see of the schema. The service's own code, which has no principal, sees all of it.
    pub(crate) fn sight(&self, principal: Option<&Principal>, served: Served<'_>) -> Sight {
        let operations = Operations::EACH
            .into_iter()
            .filter(|operation| self.may_allow(*operation, principal));
        Sight {
            operations: operations.fold(Operations::none(), Operations::with),
            reads: self.may_allow(Operation::Detail, principal),
            readable: principal.map_or(FieldSet::ALL, |principal| {
                readable_fields(self.description, principal)
            }),
            creatable: self.writable(principal, FieldDescription::create_rule),
            updatable: self.writable(principal, FieldDescription::update_rule),
            references: self.references(principal, served),
        }
    }

    /// Whether callers differ in what they may see of the schema.
    pub(crate) fn sights_differ(&self, served: Served<'_>) -> bool {
        let permissions = self.description.permissions();
        let mut of_operations = Operations::EACH
            .into_iter()
            .map(|operation| permissions.rule(operation))
            .chain([permissions.rule_after_update()]);
        let mut of_fields = self.description.fields().iter();
        let mut of_computed = self.description.computed().iter();
        of_operations.any(Rule::depends_on_caller)
            || of_fields.any(|field| {
                let rules = [field.read_rule(), field.create_rule(), field.update_rule()];
                let referred = field.reference().and_then(served);
                rules.into_iter().any(Rule::depends_on_caller)
                    || referred.is_some_and(|referred| referred.reading_differs())
            })
            || of_computed.any(|field| field.read_rule().is_some_and(Rule::depends_on_caller))
    }

    fn reading_differs(&self) -> bool {
        let permissions = self.description.permissions();
        permissions.rule(Operation::Detail).depends_on_caller()
    }

    /// Whether the rules can permit the caller this operation for a row of some values.
    fn may_allow(&self, operation: Operation, principal: Option<&Principal>) -> bool {
        let Some(principal) = principal else {
            return true;
        };
        let resolver = Resolver {
            principal,
            description: self.description,
        };
        let permissions = self.description.permissions();
        let may_hold = |rule| resolver.may_hold(rule, false);
        // A row out of sight can't be written.
        let sees_rows = || !self.description.has_row_rule() || may_hold(permissions.rule(Operation::Detail));
        let holds = match operation {
            Operation::Update => may_hold(permissions.rule_after_update()) && sees_rows(),
            Operation::Delete => sees_rows(),
            _ => true,
        };
        holds && may_hold(permissions.rule(operation))
    }

    /// The fields that the rule permits the caller to write.
    fn writable(&self, principal: Option<&Principal>, rule: fn(&FieldDescription) -> &Rule) -> FieldSet {
        match principal {
            Some(principal) if self.description.has_write_rules() => {
                FieldSet::of(self.description, |index| {
                    rule(self.description.field(index)).allows(principal)
                })
            }
            _ => FieldSet::ALL,
        }
    }

    /// The fields whose reference is to a resource of the same base path that the caller may read, and that resource.
    fn references(&self, principal: Option<&Principal>, served: Served<'_>) -> Vec<(u16, &'static str)> {
        let fields = (0_u16..).zip(self.description.fields());
        let referring = fields.filter_map(|(index, field)| {
            let referred = served(field.reference()?)?;
            let is_seen = referred.may_allow(Operation::Detail, principal);
            let resource = referred.description.api()?.resource();
            is_seen.then_some((index, resource))
        });
        referring.collect()
    }
}
