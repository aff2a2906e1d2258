//! The metrics that are read before each scrape.

use super::Gm;

impl Gm {
    /// Takes the counters of the caches, and the lengths of queues, over into the metrics. Call it before each scrape, or every
    /// few seconds for an exporter that sends.
    ///
    /// Other metrics, such as the durations of requests, are recorded at once. These are read here instead, so that a read from
    /// the cache costs nothing more. A call takes time for each manager that was used, and none for rows or callers. Calls at
    /// the same time are harmless.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), gm_runtime::Error> {
    /// // The exporter of the application is installed first.
    /// let gm = gm_runtime::Gm::builder().build().await?;
    /// gm.collect_metrics();
    /// # Ok(()) }
    /// ```
    pub fn collect_metrics(&self) {
        let inner = &self.inner;
        inner.metrics.set_writes(inner.writes.count());
        if let Some(database) = &inner.database {
            inner.metrics.set_queues(database.waiting());
        }
        let caches = inner.managers.iter().filter_map(|managed| managed.cache());
        let mut has_caches = false;
        for cache in caches {
            cache.collect();
            has_caches = true;
        }
        if has_caches {
            let (entries, bytes) = inner.client.cache_size();
            inner.metrics.set_cache(entries, bytes);
        }
        for (origin, used) in inner.client.used_connections() {
            inner.metrics.set_connections(&origin, used);
        }
    }
}
