//! The differences of all tables, and the SQL that removes them.

use super::alter::{add_foreign_keys, alter_table, grant_all};
use super::change::Change;
use super::compare;
use super::introspection::{Catalog, Found};
use crate::error::Error;
use crate::interface::postgres::session::Session;
use crate::interface::sql::SqlDialect;
use crate::interface::sql::schema::{Identifiers, Report, TargetTable, missing_table};

const SQL: SqlDialect = SqlDialect::Postgres;

/// Compares the tables of a database with their managers.
pub(super) async fn report(session: &Session, tables: &[TargetTable]) -> Result<Report<Change>, Error> {
    let catalog = Catalog::read(session, tables).await?;
    let tables = catalog.with_possible_foreign_keys(tables);
    let mut report = Report::with_capacity(tables.len());
    let mut foreign_keys = String::new();
    for (target, found) in tables.iter().zip(&catalog.tables) {
        match found {
            Found::Table(table) => {
                let differences = compare::differences(target, table, &catalog.role);
                let sql = alter_table(target, table, &catalog.role, &differences);
                foreign_keys.push_str(&add_foreign_keys(target, table, &differences));
                report.add(differences, sql);
            }
            Found::Nothing(elsewhere) => {
                let mut sql = target.create_script(SQL, &mut Identifiers::default())?;
                if !catalog.may_create {
                    // Another role creates it.
                    sql.push_str(&grant_all(target.name, &catalog.role));
                }
                foreign_keys.push_str(&target.foreign_key_script(SQL));
                report.add(missing_table(target, &missing(&catalog, elsewhere)), sql);
            }
        }
    }
    report.add_last(foreign_keys);
    Ok(report)
}

/// Why there is no table, as far as the catalogs say.
fn missing(catalog: &Catalog, elsewhere: &[String]) -> String {
    let mut message = "there is no such table".to_owned();
    let (role, path) = (&catalog.role, &catalog.search_path);
    let quoted_role = SQL.quote(role);
    if !elsewhere.is_empty() {
        message.push_str(&format!(
            " in the schemas of the search path ({path}), but in {}: `ALTER ROLE {quoted_role} SET search_path = ..`, or grant the \
             role USAGE on the schema",
            elsewhere.join(", ")
        ));
    }
    match &catalog.schema {
        None => message.push_str(&format!(
            "; the search path ({path}) leads to no schema that exists and that the role `{role}` may use, so it can't create one"
        )),
        Some(schema) if !catalog.may_create => message.push_str(&format!(
            "; the role `{role}` may not create it in the schema `{schema}`: `GRANT CREATE ON SCHEMA {} TO {quoted_role}`, or let \
             another role execute the SQL",
            SQL.quote(schema)
        )),
        Some(_) => {}
    }
    message
}
