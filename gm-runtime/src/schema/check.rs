//! The check of a schema against the file that is kept with the code.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::limits::MAX_BYTES;
use super::{Breaks, Difference, Schema, SchemaError};

/// The environment variable that lets [`Schema::check`] write the file.
const VARIABLE: &str = "GM_SCHEMA";
const OVERWRITE: &str = "overwrite";

impl Schema {
    /// Checks that this schema does not differ from the one in a file, for a test that runs in CI. The path is relative to the
    /// directory of the package, as Cargo runs tests there.
    ///
    /// The error lists each difference, by whom it breaks. If it is meant, run the test once with `GM_SCHEMA=overwrite`, which writes
    /// the file. The file is committed, so that a review shows what consumers will notice.
    ///
    /// ```
    /// use gm_runtime::Gm;
    /// use gm_runtime::schema::{Breaks, Schema};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("schema.json");
    /// # std::fs::write(&path, Schema::default().to_json())?;
    /// let gm = Gm::builder().build().await?;
    /// if let Err(error) = gm.schema().check(&path) {
    ///     // A service may pass over what breaks nobody.
    ///     let breaks = error.differences().iter().map(|difference| difference.breaks).max();
    ///     assert_eq!(breaks, Some(Breaks::Nobody), "{error}");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If there are differences, or the file can't be read or written, or is no schema, or if `GM_SCHEMA` has another value than `overwrite`.
    pub fn check(&self, path: impl AsRef<Path>) -> Result<(), SchemaError> {
        let path = path.as_ref();
        match std::env::var(VARIABLE) {
            Ok(value) if value == OVERWRITE => return self.write(path),
            Ok(value) if !value.is_empty() => {
                return Err(SchemaError::new(format!(
                    "the environment variable {VARIABLE} is {value:?}: expected `{OVERWRITE}`, or none"
                )));
            }
            Err(std::env::VarError::NotUnicode(value)) => {
                return Err(SchemaError::new(format!(
                    "the environment variable {VARIABLE} is {value:?}: expected `{OVERWRITE}`, or none"
                )));
            }
            Ok(_) | Err(std::env::VarError::NotPresent) => {}
        }
        let kept = read(path)?;
        let differences = kept.compare(self);
        if differences.is_empty() {
            return Ok(());
        }
        let message = message(path, &differences);
        Err(SchemaError::of_differences(message, differences))
    }

    fn write(&self, path: &Path) -> Result<(), SchemaError> {
        std::fs::write(path, self.to_json())
            .map_err(|error| SchemaError::new(format!("{} can't be written: {error}", path.display())))
    }
}

fn read(path: &Path) -> Result<Schema, SchemaError> {
    // One byte more than a schema has, so that a longer file is refused as one.
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut text));
    match read {
        Ok(_) => {
            Schema::from_json(&text).map_err(|error| SchemaError::new(format!("{}: {error}", path.display())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SchemaError::new(format!(
            "there is no {}: run this test once with {VARIABLE}={OVERWRITE}, which writes it, and commit it",
            path.display()
        ))),
        Err(error) => Err(SchemaError::new(format!(
            "{} can't be read: {error}",
            path.display()
        ))),
    }
}

/// The differences, by whom they break, and what to do.
fn message(path: &Path, differences: &[Difference]) -> String {
    let mut text = format!("the schema differs from {}", path.display());
    for (breaks, title) in [
        (Breaks::Readers, "breaks readers"),
        (Breaks::Writers, "breaks writers"),
        (Breaks::Nobody, "breaks nobody"),
    ] {
        let mut of_level = differences
            .iter()
            .filter(|difference| difference.breaks == breaks)
            .peekable();
        if of_level.peek().is_some() {
            let _ = write!(text, "\n{title}:");
        }
        for difference in of_level {
            let _ = write!(text, "\n  - {difference}");
        }
    }
    let _ = write!(
        text,
        "\nIf this is meant, run this test with {VARIABLE}={OVERWRITE}, and commit the file. {}",
        if differences
            .iter()
            .any(|difference| difference.breaks > Breaks::Nobody)
        {
            "Before that, deploy consumers that accept both."
        } else {
            "No consumer has to change."
        }
    );
    text
}
