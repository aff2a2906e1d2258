//! The description of a manager.

use std::any::Any;

use super::{Api, Computed, ComputedField, FieldDescription, Kept, Remote, Validation};
use super::{Operation, Permissions};
use crate::condition::Rule;
use crate::field::Value;

/// The description of a manager: its name, fields, storage, API and permissions. The derive generates it as a static, and all
/// code without the manager's type reads it.
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
    has_permissions: bool,
    has_row_rule: bool,
    has_hidden_fields: bool,
    has_write_rules: bool,
    has_presets: bool,
    has_kept: bool,
    version: Option<u16>,
    computed: Computed,
}

impl Description {
    /// A manager with the name of its struct, its fields, and the index of the id among them.
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
        let (mut has_hidden_fields, mut has_presets, mut has_kept) = (false, false, false);
        let mut has_write_rules = false;
        let mut version = None;
        let mut rest = fields;
        let mut index = 0;
        while let [field, others @ ..] = rest {
            let is_hidden = !matches!(field.read_rule(), Rule::Public);
            assert!(
                !(is_hidden && index == id),
                "every caller that may read a row may read its id: remove `read` from the id's rules"
            );
            has_hidden_fields |= is_hidden;
            has_presets |= field.is_preset();
            has_write_rules |= !matches!(
                (field.create_rule(), field.update_rule()),
                (Rule::Public, Rule::Public)
            );
            has_kept |= field.kept().is_some();
            if let Some(Kept::Version) = field.kept() {
                assert!(version.is_none(), "a manager has one version");
                version = Some(index);
            }
            rest = others;
            index += 1;
        }
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
            has_permissions: false,
            has_row_rule: false,
            has_hidden_fields,
            has_write_rules,
            has_presets,
            has_kept,
            version,
            computed: Computed::NONE,
        }
    }

    /// Stores the rows in this table.
    #[must_use]
    pub const fn with_table(mut self, table: &'static str) -> Self {
        self.table = Some(table);
        self
    }

    /// Stores the rows in storage of the application, which this function creates.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_interface(mut self, make: fn() -> Box<dyn Any + Send>) -> Self {
        self.interface = Some(make);
        self
    }

    /// Serves the rows to other services.
    #[must_use]
    pub const fn with_api(mut self, api: Api) -> Self {
        self.api = Some(api);
        self
    }

    /// Takes the rows from another service.
    #[must_use]
    pub const fn with_remote(mut self, remote: Remote) -> Self {
        self.remote = Some(remote);
        self
    }

    /// Validates every row as a whole before it is stored.
    #[must_use]
    pub const fn with_validation(mut self, validation: Validation) -> Self {
        self.validation = Some(validation);
        self
    }

    /// Sets the permissions of callers.
    #[must_use]
    pub const fn with_permissions(mut self, permissions: Permissions) -> Self {
        self.has_row_rule = permissions.rule(Operation::Filter).depends_on_row();
        self.permissions = permissions;
        self.has_permissions = true;
        self
    }

    /// Adds the computed fields.
    ///
    /// # Panics
    /// If one has the wire name of another field.
    #[doc(hidden)]
    #[must_use]
    #[track_caller]
    pub const fn with_computed(mut self, computed: Computed) -> Self {
        let mut rest = computed.fields;
        while let [computed, others @ ..] = rest {
            let mut stored = self.fields;
            while let [field, others @ ..] = stored {
                assert!(
                    !is_equal(field.name(), computed.field().name()),
                    "a method of the `#[computed]` block has the wire name of a field: rename one of them by `#[field(rename = \"..\")]`"
                );
                stored = others;
            }
            let has_rule = !matches!(computed.read_rule(), None | Some(Rule::Public));
            self.has_hidden_fields |= has_rule;
            rest = others;
        }
        self.computed = computed;
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

    /// The field with this index, which must come from a handle or a lookup of this manager.
    #[must_use]
    pub fn field(&self, index: u16) -> &'static FieldDescription {
        static UNKNOWN: FieldDescription = FieldDescription::new::<String>("?");
        self.fields.get(usize::from(index)).unwrap_or(&UNKNOWN)
    }

    /// The computed fields. Their indexes follow those of the [`fields`](Self::fields).
    #[must_use]
    pub const fn computed(&self) -> &'static [ComputedField] {
        self.computed.fields
    }

    /// The number of fields, including the computed ones.
    pub(crate) const fn field_count(&self) -> usize {
        self.fields.len() + self.computed.fields.len()
    }

    /// The values of computed fields of a row, given by their places among the computed fields. `None` for one that can't be
    /// computed.
    pub(crate) fn compute(&self, row: &[Value], wanted: &[usize]) -> Vec<Option<Value>> {
        if wanted.is_empty() {
            return Vec::new();
        }
        (self.computed.compute)(&mut row.to_vec(), wanted)
    }

    /// The index of the field with this wire name.
    #[must_use]
    pub fn field_index(&self, name: &str) -> Option<u16> {
        self.fields
            .iter()
            .position(|field| field.name() == name)
            .and_then(|index| index.try_into().ok())
    }

    /// Like [`field_index`](Self::field_index), but tries this index first, because most services send the fields in the order
    /// of the description.
    pub(crate) fn field_index_from(&self, first: u16, name: &str) -> Option<u16> {
        match self.fields.get(usize::from(first)) {
            Some(field) if field.name() == name => Some(first),
            _ => self.field_index(name),
        }
    }

    /// The index of the id.
    #[must_use]
    pub const fn id_index(&self) -> u16 {
        self.id
    }

    /// The id's field.
    #[must_use]
    pub fn id_field(&self) -> &'static FieldDescription {
        self.field(self.id)
    }

    /// Whether the database assigns the id. Otherwise the creator gives it.
    #[must_use]
    pub const fn id_assigned(&self) -> bool {
        self.id_assigned
    }

    /// The table of the rows, if they are in a database.
    #[must_use]
    pub const fn table(&self) -> Option<&'static str> {
        self.table
    }

    /// The function that creates the application's storage, if the rows are in one.
    pub(crate) const fn interface(&self) -> Option<fn() -> Box<dyn Any + Send>> {
        self.interface
    }

    /// The API, if the rows are served to other services.
    #[must_use]
    pub const fn api(&self) -> Option<&Api> {
        self.api.as_ref()
    }

    /// The default page size: that of the API, or 100.
    pub(crate) fn default_page_size(&self) -> u64 {
        self.api.as_ref().map_or(100, Api::default_page_size)
    }

    /// The owner's address, if the rows are another service's.
    #[must_use]
    pub const fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    /// The validation of whole rows, if there is one.
    #[must_use]
    pub const fn validation(&self) -> Option<Validation> {
        self.validation
    }

    /// Whether the manager has rules for callers. Without rules, a handle that acts as a caller may do nothing with it.
    #[must_use]
    pub const fn has_permissions(&self) -> bool {
        self.has_permissions
    }

    /// Whether the rule for reading depends on the row, so that callers may see some rows and not others.
    #[must_use]
    pub const fn has_row_rule(&self) -> bool {
        self.has_row_rule
    }

    /// Whether some callers may not read some fields.
    pub(crate) const fn has_hidden_fields(&self) -> bool {
        self.has_hidden_fields
    }

    /// Whether some callers may not write some fields.
    pub(crate) const fn has_write_rules(&self) -> bool {
        self.has_write_rules
    }

    /// Whether a change is judged with the row before and after it, since callers differ in the rows or in the fields that they
    /// may read.
    pub(crate) const fn judges_changes(&self) -> bool {
        self.has_row_rule || self.has_hidden_fields
    }

    /// The fields that the rule for reading compares, by which a change is judged. Every field, if that is unknown.
    pub(crate) fn judged_fields(&self) -> Vec<u16> {
        match self.permissions.rule(Operation::Detail).fields() {
            Some(fields) => fields.into_iter().collect(),
            None => (0..).take(self.fields.len()).collect(),
        }
    }

    /// Whether fields are filled with attributes of the caller.
    pub(crate) const fn has_presets(&self) -> bool {
        self.has_presets
    }

    /// Whether the owner keeps fields of its own, such as a version.
    pub(crate) const fn has_kept(&self) -> bool {
        self.has_kept
    }

    /// The index of the field with the version of the row, if the manager has versions.
    #[must_use]
    pub const fn version_index(&self) -> Option<u16> {
        self.version
    }

    /// The permissions of callers.
    #[must_use]
    pub const fn permissions(&self) -> &Permissions {
        &self.permissions
    }
}

/// Whether two texts are equal, in const evaluation.
const fn is_equal(left: &str, right: &str) -> bool {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    while let ([first, rest @ ..], [other_first, other_rest @ ..]) = (left, right) {
        if *first != *other_first {
            return false;
        }
        (left, right) = (rest, other_rest);
    }
    left.is_empty() && right.is_empty()
}
