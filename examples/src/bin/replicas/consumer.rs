//! A consumer: a handle with a cache and a live query.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures_util::StreamExt as _;
use gm_examples::{RemoteProject, RemoteProjectCreate};
use gm_runtime::Gm;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The URL in the declaration of [`RemoteProject`].
const DECLARED: &str = "https://project-service.example.com";

/// How long a consumer may take to see a change. A consumer whose owner has failed first connects to another one.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service that reads the projects.
pub(crate) struct Consumer {
    name: &'static str,
    gm: Gm,
    /// The ids in the last result of the live query.
    seen: watch::Receiver<Vec<i64>>,
    watching: JoinHandle<()>,
}

impl Consumer {
    pub(crate) async fn start(name: &'static str, owner: SocketAddr) -> anyhow::Result<Self> {
        let gm = Gm::builder()
            .base_url(DECLARED, format!("http://{owner}"))
            .manager::<RemoteProject>()
            .build()
            .await?;
        let (sender, mut seen) = watch::channel(Vec::new());
        let mut projects = RemoteProject::query().watch(&gm);
        let watching = tokio::spawn(async move {
            while let Some(result) = projects.next().await {
                // The next result follows as soon as an owner answers again.
                if let Ok(projects) = result {
                    let _ = sender.send(projects.iter().map(|project| project.id).collect());
                }
            }
        });
        timeout(PATIENCE, seen.changed())
            .await
            .context("an owner answers in time")??;
        Ok(Self {
            name,
            gm,
            seen,
            watching,
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Creates a project, and returns its id.
    pub(crate) async fn create(&self, name: &str) -> anyhow::Result<i64> {
        let project = RemoteProjectCreate {
            name: name.into(),
            status: "active".into(),
        };
        Ok(RemoteProject::create(project).exec(&self.gm).await?.id)
    }

    /// The time until the live query has this row.
    pub(crate) async fn until_it_sees(&self, id: i64) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        let mut seen = self.seen.clone();
        let sees = seen.wait_for(|ids| ids.contains(&id));
        timeout(PATIENCE, sees)
            .await
            .with_context(|| format!("{} does not see the row", self.name))??;
        Ok(begin.elapsed())
    }

    /// The rows, from the cache while the websocket is live.
    pub(crate) async fn read_cached(&self) -> anyhow::Result<Vec<(i64, String)>> {
        let rows = RemoteProject::query().all(&self.gm).await?;
        Ok(rows.iter().map(|row| (row.id, row.name.clone())).collect())
    }

    /// The rows, from an owner.
    pub(crate) async fn read_from_owner(&self) -> anyhow::Result<Vec<(i64, String)>> {
        let rows = RemoteProject::query().all(&self.gm).fresh().await?;
        Ok(rows.iter().map(|row| (row.id, row.name.clone())).collect())
    }

    pub(crate) async fn close(self) {
        self.gm.close().await;
        self.watching.abort();
    }
}
