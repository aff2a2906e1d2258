//! The selected projects and their order.

use clap::Args;
use gm_examples::{RemoteProject, RemoteProjectFields};
use gm_runtime::query::Field;
use gm_runtime::query::{Filter, Order};
use gm_runtime::{Manager as _, Query};

#[derive(Args, Debug)]
pub(crate) struct Selection {
    /// A condition that must hold: `status=active`, `name__icontains=a`, `id__in=1,2`. May be repeated
    #[arg(long, value_name = "FIELD[__LOOKUP]=VALUE", value_parser = condition)]
    filter: Vec<Filter<RemoteProject>>,
    /// Excludes projects for which all of these conditions hold. May be repeated
    #[arg(long, value_name = "FIELD[__LOOKUP]=VALUE", value_parser = condition)]
    exclude: Vec<Filter<RemoteProject>>,
    /// The fields to sort by, with `-` for descending order: `status,-id`
    #[arg(
        long,
        value_name = "FIELDS",
        value_delimiter = ',',
        value_parser = sort,
        allow_hyphen_values = true
    )]
    order: Vec<Sort>,
    /// The number of the page, from 1
    #[arg(long)]
    page: Option<u64>,
    /// The number of projects on a page
    #[arg(long)]
    page_size: Option<u64>,
}

impl Selection {
    pub(crate) fn query(self) -> Query<RemoteProject> {
        let mut query = RemoteProject::query();
        for condition in self.filter {
            query = query.filter(|_| condition);
        }
        // A query has one `exclude`, for the rows that match all of its conditions.
        if let Some(conditions) = self.exclude.into_iter().reduce(|all, one| all & one) {
            query = query.exclude(|_| conditions);
        }
        for sort in self.order {
            query = query.order_by(|project| sort.order(&project));
        }
        if let Some(page) = self.page {
            query = query.page(page);
        }
        if let Some(rows) = self.page_size {
            query = query.page_size(rows);
        }
        query
    }
}

#[derive(Clone, Copy, Debug)]
enum Column {
    Id,
    Name,
    Status,
}

impl Column {
    fn named(name: &str) -> Result<Self, String> {
        match name {
            "id" => Ok(Self::Id),
            "name" => Ok(Self::Name),
            "status" => Ok(Self::Status),
            _ => Err(format!(
                "a project has no field `{name}`; it has `id`, `name` and `status`"
            )),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Sort {
    column: Column,
    descending: bool,
}

fn sort(text: &str) -> Result<Sort, String> {
    let (name, descending) = match text.strip_prefix('-') {
        Some(name) => (name, true),
        None => (text, false),
    };
    Ok(Sort {
        column: Column::named(name)?,
        descending,
    })
}

impl Sort {
    fn order(self, project: &RemoteProjectFields) -> Order<RemoteProject> {
        match (self.column, self.descending) {
            (Column::Id, false) => project.id.asc(),
            (Column::Id, true) => project.id.desc(),
            (Column::Name, false) => project.name.asc(),
            (Column::Name, true) => project.name.desc(),
            (Column::Status, false) => project.status.asc(),
            (Column::Status, true) => project.status.desc(),
        }
    }
}

/// `name__icontains=a` as a condition.
fn condition(text: &str) -> Result<Filter<RemoteProject>, String> {
    let (key, value) = text.split_once('=').ok_or("expected `FIELD=VALUE`")?;
    let (name, lookup) = key.split_once("__").unwrap_or((key, "exact"));
    let fields = RemoteProject::FIELDS;
    match Column::named(name)? {
        Column::Id => number(fields.id, lookup, value),
        Column::Name => Ok(words(fields.name, lookup, value)?),
        Column::Status => Ok(words(fields.status, lookup, value)?),
    }
}

fn number(
    field: Field<RemoteProject, i64>,
    lookup: &str,
    value: &str,
) -> Result<Filter<RemoteProject>, String> {
    let parse = |text: &str| {
        text.trim()
            .parse::<i64>()
            .map_err(|_| format!("`{text}` is not an integer"))
    };
    Ok(match lookup {
        "exact" => field.eq(parse(value)?),
        "gt" => field.gt(parse(value)?),
        "gte" => field.gte(parse(value)?),
        "lt" => field.lt(parse(value)?),
        "lte" => field.lte(parse(value)?),
        "in" => field.is_in(value.split(',').map(parse).collect::<Result<Vec<_>, _>>()?),
        _ => return Err(unknown(lookup, "exact, gt, gte, lt, lte and in")),
    })
}

fn words(
    field: Field<RemoteProject, String>,
    lookup: &str,
    value: &str,
) -> Result<Filter<RemoteProject>, String> {
    Ok(match lookup {
        "exact" => field.eq(value),
        "iexact" => field.iexact(value),
        "contains" => field.contains(value),
        "icontains" => field.icontains(value),
        "startswith" => field.startswith(value),
        "istartswith" => field.istartswith(value),
        "endswith" => field.endswith(value),
        "iendswith" => field.iendswith(value),
        "in" => field.is_in(value.split(',')),
        _ => {
            return Err(unknown(
                lookup,
                "exact, contains, startswith, endswith, the same with an `i` in front for any case, and in",
            ));
        }
    })
}

fn unknown(lookup: &str, known: &str) -> String {
    format!("the field has no lookup `{lookup}`; it has {known}")
}
