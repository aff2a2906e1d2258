//! Reads: pipelined on connections of each worker thread.

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_postgres::{Client, Error, Row, Statement};

use super::connection::connect;
use super::statements::{COUNTED_PAGE, GET, PAGE};
use crate::by_hand::Project;

/// The place of the twin's pages.
#[derive(Clone, Copy)]
pub(crate) enum Pages {
    /// A second connection of each worker thread.
    OwnConnection,
    /// The connection of the worker thread that reads single rows, too.
    OneConnection,
    /// A second connection of each worker thread, with one statement at a time.
    Turns,
    /// Connections of a thread of its own, with this many statements on each at a time.
    Background(usize),
}

/// A page's rows, and the number of all rows.
pub(super) type Page = (Vec<Project>, Option<i64>);

/// The wanted page: status, size, offset, and whether all rows are counted.
pub(super) struct Wanted {
    pub(super) status: String,
    pub(super) page_size: i64,
    pub(super) offset: i64,
    pub(super) count: bool,
}

/// The connections of a worker thread.
pub(super) struct Reads {
    point: Session,
    pages: PagesOf,
}

enum PagesOf {
    Point,
    Session(Session),
    Turns(Session, Mutex<()>),
    Background(mpsc::Sender<Job>),
}

impl Reads {
    /// Opens connections, whose drivers run on the runtime of this worker thread.
    pub(super) async fn open(
        url: &str,
        pages: Pages,
        background: Option<mpsc::Sender<Job>>,
    ) -> Result<Self, Error> {
        Ok(Self {
            point: Session::open(url).await?,
            pages: match (pages, background) {
                (Pages::OneConnection, _) => PagesOf::Point,
                (Pages::Background(_), Some(jobs)) => PagesOf::Background(jobs),
                (Pages::Turns, _) => PagesOf::Turns(Session::open(url).await?, Mutex::new(())),
                _ => PagesOf::Session(Session::open(url).await?),
            },
        })
    }

    pub(super) async fn get(&self, id: i64) -> Result<Option<Project>, Error> {
        let row = self.point.client.query_opt(&self.point.get, &[&id]).await?;
        row.map(|row| project(&row, 0)).transpose()
    }

    pub(super) async fn page(&self, wanted: Wanted) -> Result<Page, Error> {
        match &self.pages {
            PagesOf::Point => self.point.page(wanted).await,
            PagesOf::Session(session) => session.page(wanted).await,
            PagesOf::Turns(session, turn) => {
                let _turn = turn.lock().await;
                session.page(wanted).await
            }
            PagesOf::Background(jobs) => {
                let (answer, answered) = oneshot::channel();
                jobs.try_send((wanted, answer)).expect("a short queue");
                answered.await.expect("the thread runs")
            }
        }
    }
}

/// A connection with its prepared statements.
struct Session {
    client: Client,
    get: Statement,
    page: Statement,
    counted_page: Statement,
}

impl Session {
    async fn open(url: &str) -> Result<Self, Error> {
        let client = connect(url).await?;
        Ok(Self {
            get: client.prepare(GET).await?,
            page: client.prepare(PAGE).await?,
            counted_page: client.prepare(COUNTED_PAGE).await?,
            client,
        })
    }

    async fn page(&self, wanted: Wanted) -> Result<Page, Error> {
        let Wanted {
            status,
            page_size,
            offset,
            count,
        } = wanted;
        let statement = if count { &self.counted_page } else { &self.page };
        let rows = self
            .client
            .query(statement, &[&status, &page_size, &offset])
            .await?;
        if !count {
            let projects = rows.iter().map(|row| project(row, 0)).collect::<Result<_, _>>()?;
            return Ok((projects, None));
        }
        let total = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
        let mut projects = Vec::with_capacity(rows.len());
        for row in &rows {
            if row.try_get::<_, Option<i64>>(1)?.is_some() {
                projects.push(project(row, 1)?);
            }
        }
        Ok((projects, Some(total)))
    }
}

/// The project in the columns from this one on.
pub(super) fn project(row: &Row, first: usize) -> Result<Project, Error> {
    Ok(Project {
        id: row.try_get(first)?,
        name: row.try_get(first + 1)?,
        status: row.try_get(first + 2)?,
    })
}

pub(super) type Job = (Wanted, oneshot::Sender<Result<Page, Error>>);

/// Reads pages on the current runtime, on two connections, with this many statements at a time on each.
pub(super) async fn read_pages(url: &str, depth: usize, queue: mpsc::Receiver<Job>) {
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..2 {
        let session = Arc::new(Session::open(url).await.expect("the database answers"));
        for _ in 0..depth {
            let (session, queue) = (session.clone(), queue.clone());
            tokio::spawn(async move {
                loop {
                    let job = queue.lock().await.recv().await;
                    let Some((wanted, answer)) = job else { return };
                    // The caller may have been cancelled.
                    let _ = answer.send(session.page(wanted).await);
                }
            });
        }
    }
}
