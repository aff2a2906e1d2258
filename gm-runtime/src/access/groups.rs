//! The numbers of rows by the values of a field, as a caller may read them.

use std::sync::Arc;

use super::{Access, Caller, Managed};
use crate::error::Error;
use crate::interface::{Answer, Read, Representation, Target};
use crate::manager::Operation;
use crate::principal::Principal;
use crate::protocol::groups_json::GroupsJson;
use crate::query::{GroupBy, GroupCounter, Groups, KnownRow, MAX_GROUPS, Select};

/// The numbers of rows for the reply of the server.
pub(crate) struct JsonGroups {
    pub(crate) groups: Arc<Groups>,
    pub(crate) json: GroupsJson,
    /// Whether the caller may read no row, so that there are none.
    pub(crate) denied: bool,
}

impl Managed {
    /// The numbers of rows by the values of a field, for the verbs.
    pub(crate) async fn groups(
        &self,
        mut select: Select,
        field: u16,
        mut fresh: bool,
        principal: Option<&Principal>,
    ) -> Result<Answer, Error> {
        self.check_select(&mut select, principal)?;
        let by = GroupBy {
            field,
            max_groups: self.limits.max_rows,
            max_bytes: self.limits.pages.bytes,
        };
        let Some(principal) = principal else {
            self.look_through(&mut select, &mut fresh, None).await?;
            return self.read_groups(select, by, fresh).await;
        };
        let caller = self.caller(principal, None);
        let checked = self.check_query(&caller, &select);
        let checked = checked.and_then(|()| self.check_read_field(&caller, field));
        self.audit_query(&checked, &caller);
        checked?;
        // In a box, so that the future of a read without a caller stays small.
        let groups = Box::pin(self.groups_of(&caller, select, by, fresh)).await;
        groups.map_err(|error| self.conceal(error, &caller, &[]))
    }

    /// The numbers of rows by the values of a field that the caller may read, for the server.
    pub(crate) async fn json_groups(
        &self,
        select: Select,
        field: u16,
        max_bytes: usize,
        caller: &Caller<'_>,
    ) -> Result<JsonGroups, Error> {
        self.require_rules(Some(caller.principal))?;
        let by = GroupBy {
            field,
            max_groups: MAX_GROUPS,
            max_bytes: max_bytes as u64,
        };
        let in_json = |groups: Arc<Groups>, denied| {
            let json = GroupsJson::of(&groups, max_bytes).ok_or_else(|| by.too_many(self.description))?;
            Ok(JsonGroups { groups, json, denied })
        };
        let none = || Arc::new(Groups::none(self.description, field));
        if caller.rows == Access::Never {
            self.log_refusal(Operation::Filter, caller);
            return in_json(none(), true);
        }
        match self.groups_of(caller, select, by, false).await {
            Ok(Answer::Groups(groups)) => in_json(groups, false),
            Ok(_) => in_json(none(), false),
            Err(Error::PermissionDenied { .. }) => in_json(none(), true),
            Err(error) => Err(self.conceal(error, caller, &[])),
        }
    }

    /// The numbers of the rows in the caller's sight.
    async fn groups_of(
        &self,
        caller: &Caller<'_>,
        mut select: Select,
        by: GroupBy,
        mut fresh: bool,
    ) -> Result<Answer, Error> {
        self.look_through(&mut select, &mut fresh, Some(caller.principal))
            .await?;
        let condition = match &caller.rows {
            Access::Never => {
                let none = Groups::none(self.description, by.field);
                return Ok(Answer::Groups(Arc::new(none)));
            }
            rows => rows.condition(),
        };
        if let Some(condition) = &condition
            && !self.interface.applies_conditions()
        {
            let (read, judged) = Box::pin(self.judged_rows(select, condition.clone(), fresh)).await?;
            let count = async {
                let mut counter = GroupCounter::new(self.description, by);
                judged.count_into(&mut counter, KnownRow::each(&read.rows))?;
                Ok(counter.finish())
            };
            let groups = self.limits.reads.page(self.description, &judged, count).await?;
            return Ok(Answer::Groups(Arc::new(groups)));
        }
        select.condition = condition;
        self.read_groups(select, by, fresh).await
    }

    /// Counts on all pages, in no order.
    async fn read_groups(&self, select: Select, by: GroupBy, fresh: bool) -> Result<Answer, Error> {
        let select = Select {
            filters: select.filters,
            excludes: select.excludes,
            condition: select.condition,
            related_epochs: select.related_epochs,
            ..Select::new()
        };
        let read = Read {
            target: Target::Groups { select, by },
            representation: Representation::Records,
            fresh,
        };
        self.interface.read(read).await
    }
}
