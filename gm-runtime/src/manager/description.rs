//! What was declared of a manager.

use std::any::Any;

use super::Permissions;
use super::{Api, FieldDescription, Remote, Validation};

/// What was declared of a manager: the derive emits it as a constant, and everything that is not typed reads it.
#[derive(Clone, Debug)]
pub struct Description {
    name: &'static str,
    fields: &'static [FieldDescription],
    id: u16,
    id_assigned: bool,
    table: Option<&'static str>,
    interface: Option<fn() -> Box<dyn Any + Send>>,
    api: Option<Api>,
    remote: Option<Remote>,
    validation: Option<Validation>,
    permissions: Permissions,
}

impl Description {
    /// A manager of this struct's name, with these fields, the id at this place among them.
    #[must_use]
    pub const fn new<Id: crate::field::IdType>(
        name: &'static str,
        fields: &'static [FieldDescription],
        id: u16,
    ) -> Self {
        Self::of(name, fields, id, Id::ASSIGNED)
    }

    pub(super) const fn of(
        name: &'static str,
        fields: &'static [FieldDescription],
        id: u16,
        id_assigned: bool,
    ) -> Self {
        Self {
            name,
            fields,
            id,
            id_assigned,
            table: None,
            interface: None,
            api: None,
            remote: None,
            validation: None,
            permissions: Permissions::none(),
        }
    }

    /// The rows live in this table.
    #[must_use]
    pub const fn with_table(mut self, table: &'static str) -> Self {
        self.table = Some(table);
        self
    }

    /// The rows live in storage of the application's own, which this makes.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_interface(mut self, make: fn() -> Box<dyn Any + Send>) -> Self {
        self.interface = Some(make);
        self
    }

    /// The rows are served to others.
    #[must_use]
    pub const fn with_api(mut self, api: Api) -> Self {
        self.api = Some(api);
        self
    }

    /// The rows are another service's.
    #[must_use]
    pub const fn with_remote(mut self, remote: Remote) -> Self {
        self.remote = Some(remote);
        self
    }

    /// Every row is validated as a whole before it is stored.
    #[must_use]
    pub const fn with_validation(mut self, validation: Validation) -> Self {
        self.validation = Some(validation);
        self
    }

    /// Who may do what.
    #[must_use]
    pub const fn with_permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = permissions;
        self
    }

    /// The struct's name, for messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The fields, in the struct's order.
    #[must_use]
    pub const fn fields(&self) -> &'static [FieldDescription] {
        self.fields
    }

    /// The field at this place, which must be one of this description's handles or lookups.
    #[must_use]
    pub fn field(&self, index: u16) -> &'static FieldDescription {
        static UNKNOWN: FieldDescription = FieldDescription::new::<String>("?");
        self.fields.get(usize::from(index)).unwrap_or(&UNKNOWN)
    }

    /// The place of the field of this wire name.
    #[must_use]
    pub fn field_index(&self, name: &str) -> Option<u16> {
        self.fields
            .iter()
            .position(|field| field.name() == name)
            .and_then(|index| index.try_into().ok())
    }

    /// The place of the field of this name, which mostly is this place: rows are told in the order of the description.
    pub(crate) fn field_index_from(&self, place: u16, name: &str) -> Option<u16> {
        match self.fields.get(usize::from(place)) {
            Some(field) if field.name() == name => Some(place),
            _ => self.field_index(name),
        }
    }

    /// The place of the id.
    #[must_use]
    pub const fn id_index(&self) -> u16 {
        self.id
    }

    /// The id's field.
    #[must_use]
    pub fn id_field(&self) -> &'static FieldDescription {
        self.field(self.id)
    }

    /// Whether the database assigns the id; else the creator gives it.
    #[must_use]
    pub const fn id_assigned(&self) -> bool {
        self.id_assigned
    }

    /// The table that holds the rows, where the manager has a database.
    #[must_use]
    pub const fn table(&self) -> Option<&'static str> {
        self.table
    }

    /// What makes the application's own storage, where the rows are in one.
    pub(crate) const fn interface(&self) -> Option<fn() -> Box<dyn Any + Send>> {
        self.interface
    }

    /// How the rows are served to others, where they are.
    #[must_use]
    pub const fn api(&self) -> Option<&Api> {
        self.api.as_ref()
    }

    /// The rows of a page whose size nobody gives: the api's default, or 100.
    pub(crate) fn default_page_size(&self) -> u64 {
        self.api.as_ref().map_or(100, Api::default_page_size)
    }

    /// Where the rows are, where they are another service's.
    #[must_use]
    pub const fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    /// How rows are validated as a whole, where they are.
    #[must_use]
    pub const fn validation(&self) -> Option<Validation> {
        self.validation
    }

    /// Who may do what.
    #[must_use]
    pub const fn permissions(&self) -> &Permissions {
        &self.permissions
    }
}
