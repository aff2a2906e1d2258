//! Case folding in SQL, equal to `crate::field::fold_case`.
//!
//! `lower` in a collation of the server maps each character as the server's tables do, which differ from those of Rust for some
//! characters: those with several small forms (`ς` and `σ`), those that the contract leaves as they are (`İ`), and those that a
//! newer version of Unicode added. These exceptions are found on the server itself (`docs/design/postgres.md`, section "Case").

use futures_util::TryStreamExt as _;
use sea_query::{Expr, Func, PostgresQueryBuilder, Query};
use tokio::sync::OnceCell;
use tokio_postgres::Row;

use super::case_exceptions::CaseExceptions;
use super::collation::by_code_point;
use super::error::ReadError;
use super::parameter::Parameter;
use super::session::Session;
use super::statement::Statement;
use crate::error::Error;
use crate::query::Select;

/// The collations that may lower all of Unicode, best first. `C` lowers ASCII alone, and every server has it.
const COLLATIONS: [&str; 7] = [
    "pg_c_utf8",
    "C.utf8",
    "C.UTF-8",
    "en_US.utf8",
    "en_US.UTF-8",
    "default",
    "C",
];

/// The collations of the list that the server has. A default collation of ICU is left out, since its mappings depend on the
/// context. Only Postgres 15 and later have the column with the provider.
const KNOWN_COLLATIONS: &str = "SELECT collname::text FROM pg_catalog.pg_collation \
    WHERE collnamespace = 'pg_catalog'::regnamespace AND collname::text = ANY($1) AND (collname <> 'default' OR \
    (SELECT coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') = 'c' FROM pg_catalog.pg_database d \
    WHERE d.datname = current_database())) ORDER BY array_position($1, collname::text)";

/// The characters of the planes of Unicode that have letters with case.
const CHARACTERS: std::ops::Range<char> = '\u{1}'..'\u{20000}';

/// The case folding of a server, which is found at its first use.
#[derive(Debug, Default)]
pub(super) struct ServersCaseFolding(OnceCell<CaseFolding>);

impl ServersCaseFolding {
    /// The case folding, if it was found.
    pub(super) fn get(&self) -> Option<&CaseFolding> {
        self.0.get()
    }

    /// Finds the case folding, unless it was found before. It takes some milliseconds.
    pub(super) async fn find(&self, session: &Session) -> Result<(), ReadError> {
        self.0.get_or_try_init(|| CaseFolding::find(session)).await?;
        Ok(())
    }
}

/// The expression that folds the case of a text on one server.
#[derive(Debug)]
pub(super) struct CaseFolding {
    collation: String,
    exceptions: CaseExceptions,
}

impl CaseFolding {
    /// Whether a query, or the condition of its caller, has a lookup that ignores case.
    pub(super) fn is_needed(select: &Select) -> bool {
        select.any_lookup(&|lookup| lookup.operator.folds_case())
    }

    /// The folded text, which is compared by code point.
    ///
    /// Most texts have no exception. The translation takes ten times as long as the rest.
    pub(super) fn folded(&self, text: Expr) -> Expr {
        let lower = |text| lower(text, &self.collation);
        let Some(pattern) = self.exceptions.pattern() else {
            return by_code_point(lower(text));
        };
        let translated = self
            .exceptions
            .restored(lower(self.exceptions.replaced(text.clone())));
        by_code_point(Expr::cust_with_exprs(
            format!("CASE WHEN $1 ~ {pattern} THEN $2 ELSE $3 END"),
            [text.clone(), translated, lower(text)],
        ))
    }

    /// The SQL of the folded column, for an index on it.
    pub(super) fn expression_of(&self, column: &'static str) -> String {
        let folded = Query::select().expr(self.folded(Expr::col(column))).take();
        let (select, _) = folded.build(PostgresQueryBuilder);
        select.trim_start_matches("SELECT ").to_owned()
    }

    async fn find(session: &Session) -> Result<Self, ReadError> {
        let known = Parameter::texts(&COLLATIONS);
        for row in rows(session, KNOWN_COLLATIONS, known).await? {
            let collation: String = row.try_get(0)?;
            if let Some(exceptions) = exceptions_of(session, &collation).await? {
                let folding = Self {
                    collation,
                    exceptions,
                };
                tracing::debug!(
                    "lookups that ignore case compare {}, which an index may have in place of `name`",
                    folding.expression_of("name")
                );
                return Ok(folding);
            }
        }
        Err(ReadError::Failed(Error::storage(anyhow::anyhow!(
            "no collation of the database folds the case of text"
        ))))
    }
}

fn lower(text: Expr, collation: &str) -> Expr {
    let text = Expr::cust_with_expr(format!("$1 COLLATE \"{collation}\""), text);
    Func::cust("lower").arg(text).into()
}

/// The exceptions of a collation. `None` if it does not lower each character alone, or is missing in the operating system.
async fn exceptions_of(session: &Session, collation: &str) -> Result<Option<CaseExceptions>, ReadError> {
    let characters: String = CHARACTERS.collect();
    let text = format!("SELECT lower($1 COLLATE \"{collation}\")");
    let rows = match rows(session, &text, Parameter::text(characters)).await {
        Ok(rows) => rows,
        Err(error) if error.as_db_error().is_some() && !session.is_closed() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let lowered: String = row.try_get(0)?;
    if lowered.chars().count() != CHARACTERS.count() {
        return Ok(None);
    }
    let pairs: Vec<(char, char)> = CHARACTERS.zip(lowered.chars()).collect();
    Ok(CaseExceptions::of(&pairs))
}

async fn rows(
    session: &Session,
    text: &str,
    parameter: Parameter,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = Statement {
        text: text.into(),
        parameters: vec![parameter],
    };
    session.query_unnamed(&statement).await?.try_collect().await
}
