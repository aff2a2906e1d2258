//! The names of components, none of which is used twice.

use std::collections::BTreeSet;

use crate::schema::ResourceSchema;

/// The components of a resource. Their names begin with the resource's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Row,
    Create,
    Update,
    Filters,
    Query,
    Page,
    Reply,
    CreateOperation,
    UpdateOperation,
    DeleteOperation,
}

impl Part {
    const ALL: [Self; 10] = [
        Self::Row,
        Self::Create,
        Self::Update,
        Self::Filters,
        Self::Query,
        Self::Page,
        Self::Reply,
        Self::CreateOperation,
        Self::UpdateOperation,
        Self::DeleteOperation,
    ];

    /// The end of the name.
    const fn suffix(self) -> &'static str {
        match self {
            Self::Row => "",
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Filters => "Filters",
            Self::Query => "Query",
            Self::Page => "Page",
            Self::Reply => "Reply",
            Self::CreateOperation => "CreateOperation",
            Self::UpdateOperation => "UpdateOperation",
            Self::DeleteOperation => "DeleteOperation",
        }
    }

    /// The name of this component.
    pub(super) fn name(self, resource: &str) -> String {
        format!("{resource}{}", self.suffix())
    }
}

/// The names that are used already.
#[derive(Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Takes a name of the framework's own, with a number if it is used already.
    pub(super) fn shared(&mut self, name: &str) -> String {
        let free = numbered(name).find(|name| !self.0.contains(name));
        let free = free.unwrap_or_default();
        self.0.insert(free.clone());
        free
    }

    /// Takes the names of the components of a resource. Returns their beginning: the name of the struct, or else of the resource,
    /// with a number if a component has the name already.
    pub(super) fn resource(&mut self, resource: &ResourceSchema) -> String {
        let named = match resource.manager.as_str() {
            name if !name.is_empty() && name.is_ascii() => name.to_owned(),
            _ => capitalized(&resource.resource),
        };
        let is_free = |name: &String| Part::ALL.iter().all(|part| !self.0.contains(&part.name(name)));
        let free = numbered(&named).find(is_free).unwrap_or_default();
        self.0.extend(Part::ALL.iter().map(|part| part.name(&free)));
        free
    }
}

/// The name itself, and then with the numbers from 2.
fn numbered(name: &str) -> impl Iterator<Item = String> {
    let further = (2_u32..).map(move |number| format!("{name}{number}"));
    std::iter::once(name.to_owned()).chain(further)
}

/// `WorkItems` for `work-items`.
fn capitalized(resource: &str) -> String {
    let words = resource.split(|character: char| !character.is_ascii_alphanumeric());
    let capitalized = words.filter_map(|word| {
        let mut characters = word.chars();
        let first = characters.next()?.to_ascii_uppercase();
        Some(std::iter::once(first).chain(characters).collect::<String>())
    });
    let name: String = capitalized.collect();
    match name.is_empty() {
        true => "Resource".to_owned(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, capitalized};
    use crate::schema::ResourceSchema;

    fn resource(manager: &str, resource: &str) -> ResourceSchema {
        ResourceSchema {
            manager: manager.to_owned(),
            resource: resource.to_owned(),
            ..ResourceSchema::default()
        }
    }

    #[test]
    fn no_two_components_have_one_name() {
        let mut names = Names::default();
        assert_eq!(names.shared("Error"), "Error");
        assert_eq!(names.shared("Error"), "Error2");
        let mut taken = |manager, name| names.resource(&resource(manager, name));
        assert_eq!(taken("Project", "projects"), "Project");
        assert_eq!(taken("Project", "other-projects"), "Project2");
        // Its row would have the name of the body of a create.
        assert_eq!(taken("ProjectCreate", "requests"), "ProjectCreate2");
        assert_eq!(taken("Error", "errors"), "Error3");
        assert_eq!(taken("Größe", "work-items"), "WorkItems");
        assert_eq!(taken("", "work.items"), "WorkItems2");
        // The query of `Saved` has the name of the row of `SavedQuery`.
        assert_eq!(taken("SavedQuery", "saved-queries"), "SavedQuery");
        assert_eq!(taken("Saved", "saved"), "Saved2");
    }

    #[test]
    fn a_resource_without_a_letter_has_a_name() {
        assert_eq!(capitalized("work-items"), "WorkItems");
        assert_eq!(capitalized("-."), "Resource");
    }
}
