//! Settings in a JSON file: `{"theme": "dark"}`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use anyhow::Context as _;
use gm_runtime::Error;
use gm_runtime::interface::{Interface, Updated};
use gm_runtime::manager::Values;
use gm_runtime::query::{Page, Select};
use tempfile::NamedTempFile;

use crate::Setting;

type Settings = BTreeMap<String, Setting>;

/// Storage in a JSON file that can also be edited by hand. Reads are answered from a copy in memory.
#[derive(Clone)]
pub(crate) struct JsonFile(Arc<Inner>);

struct Inner {
    path: PathBuf,
    settings: RwLock<Settings>,
    /// Locked while the file is read or written.
    file: Mutex<()>,
}

impl JsonFile {
    /// Opens the file. Without a file there are no settings.
    pub(crate) fn open(path: impl Into<PathBuf>) -> anyhow::Result<Self> {
        let path = path.into();
        Ok(Self(Arc::new(Inner {
            settings: RwLock::new(load(&path)?),
            path,
            file: Mutex::default(),
        })))
    }

    /// Reads the file again, after it was edited.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        self.blocking(|inner| {
            let _file = inner.file.lock().unwrap_or_else(PoisonError::into_inner);
            inner.replace(load(&inner.path).map_err(Error::storage)?);
            Ok(())
        })
        .await
    }

    /// Changes the settings. The file is written before the change is visible to readers.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Settings) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.blocking(|inner| {
            let _file = inner.file.lock().unwrap_or_else(PoisonError::into_inner);
            let mut settings = inner.read().clone();
            let done = change(&mut settings)?;
            let folder = folder(&inner.path);
            save(folder, &inner.path, &settings).map_err(Error::storage)?;
            inner.replace(settings);
            // Makes the new name of the file durable.
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(Error::storage)?;
            Ok(done)
        })
        .await
    }

    /// Runs `work` on a thread for blocking work, since a disk may be slow and would block requests.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.map_err(Error::storage)?
    }
}

impl Inner {
    fn read(&self) -> RwLockReadGuard<'_, Settings> {
        self.settings.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, settings: Settings) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }
}

fn load(path: &Path) -> anyhow::Result<Settings> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Settings::new()),
        Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
    };
    let values: BTreeMap<String, String> = serde_json::from_slice(&text)
        .with_context(|| format!("{} is not an object of texts", path.display()))?;
    let setting = |(name, value): (String, String)| (name.clone(), Setting { name, value });
    Ok(values.into_iter().map(setting).collect())
}

/// Writes a new file and renames it, so that a reader sees either the old file or the new one.
fn save(folder: &Path, path: &Path, settings: &Settings) -> anyhow::Result<()> {
    let values: BTreeMap<&str, &str> = settings
        .values()
        .map(|setting| (setting.name.as_str(), setting.value.as_str()))
        .collect();
    let mut file = NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, &values)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

impl Interface<Setting> for JsonFile {
    async fn query(&self, select: &Select) -> Result<Page<Setting>, Error> {
        Ok(select.page_of(self.0.read().values()))
    }

    async fn get(&self, name: &String) -> Result<Option<Setting>, Error> {
        Ok(self.0.read().get(name).cloned())
    }

    async fn create(&self, values: &Values) -> Result<Setting, Error> {
        let row: Setting = values.to_row()?;
        self.write(|settings| {
            if settings.contains_key(&row.name) {
                return Err(Error::conflict(
                    "Setting",
                    Some("name"),
                    "there is already a setting of this name",
                ));
            }
            settings.insert(row.name.clone(), row.clone());
            Ok(row)
        })
        .await
    }

    async fn update(&self, name: &String, values: &Values) -> Result<Option<Updated<Setting>>, Error> {
        let (name, values) = (name.clone(), values.clone());
        self.write(move |settings| {
            let Some(row) = settings.get_mut(&name) else {
                return Ok(None);
            };
            let updated = values.applied_to(row)?;
            *row = updated.row.clone();
            Ok(Some(updated))
        })
        .await
    }

    async fn delete(&self, name: &String) -> Result<bool, Error> {
        let name = name.clone();
        self.write(move |settings| Ok(settings.remove(&name).is_some()))
            .await
    }
}
