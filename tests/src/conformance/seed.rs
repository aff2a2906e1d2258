//! The rows before the first case of a group.

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use gm_runtime::Gm;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::managers::{
    GuardedThing, GuardedThingCreate, HiddenThing, HiddenThingCreate, PrivateThing, PrivateThingCreate,
    Project, ProjectCreate, ReadOnlyThing, ReadOnlyThingCreate, WorkItem, WorkItemCreate,
};

const SEED: &str = include_str!("../../fixtures/wire/seed.json");

/// Creates the rows, which get the ids from 1 in order.
///
/// # Errors
/// If a row can't be created.
pub async fn seed(gm: &Gm) -> anyhow::Result<()> {
    let seed: Json = serde_json::from_str(SEED)?;
    for row in rows(&seed, "projects")? {
        let (name, status) = (text(row, "name")?, text(row, "status")?);
        Project::create(ProjectCreate { name, status }).exec(gm).await?;
    }
    for row in rows(&seed, "work-items")? {
        add_work_item(gm, row).await?;
    }
    for row in rows(&seed, "read-only-things")? {
        let name = text(row, "name")?;
        ReadOnlyThing::create(ReadOnlyThingCreate { name })
            .exec(gm)
            .await?;
    }
    for row in rows(&seed, "hidden-things")? {
        let name = text(row, "name")?;
        HiddenThing::create(HiddenThingCreate { name }).exec(gm).await?;
    }
    for row in rows(&seed, "guarded-things")? {
        let name = text(row, "name")?;
        GuardedThing::create(GuardedThingCreate { name }).exec(gm).await?;
    }
    for row in rows(&seed, "private-things")? {
        let name = text(row, "name")?;
        PrivateThing::create(PrivateThingCreate { name }).exec(gm).await?;
    }
    Ok(())
}

async fn add_work_item(gm: &Gm, row: &Json) -> anyhow::Result<()> {
    let amount: Decimal = text(row, "amount")?.parse()?;
    let create = WorkItemCreate {
        title: text(row, "title")?,
        amount,
    };
    let due: Option<NaiveDate> = optional(row, "due")?.map(|due| due.parse()).transpose()?;
    let starts_at: Option<DateTime<Utc>> = optional(row, "starts_at")?
        .map(|starts_at| starts_at.parse())
        .transpose()?;
    let count = member(row, "count")?.as_i64().context("`count` is an integer")?;
    WorkItem::create(create)
        .note(optional(row, "note")?)
        .body(text(row, "body")?)
        .count(i32::try_from(count)?)
        .ratio(member(row, "ratio")?.as_f64().context("`ratio` is a number")?)
        .due(due)
        .starts_at(starts_at)
        .done(member(row, "done")?.as_bool().context("`done` is a boolean")?)
        .exec(gm)
        .await?;
    Ok(())
}

fn rows<'a>(seed: &'a Json, resource: &str) -> anyhow::Result<&'a Vec<Json>> {
    member(seed, resource)?
        .as_array()
        .with_context(|| format!("`{resource}` is a list of rows"))
}

fn member<'a>(row: &'a Json, key: &str) -> anyhow::Result<&'a Json> {
    row.get(key).with_context(|| format!("the seed has no `{key}`"))
}

fn optional(row: &Json, key: &str) -> anyhow::Result<Option<String>> {
    Ok(member(row, key)?.as_str().map(str::to_owned))
}

fn text(row: &Json, key: &str) -> anyhow::Result<String> {
    optional(row, key)?.with_context(|| format!("`{key}` is text"))
}
