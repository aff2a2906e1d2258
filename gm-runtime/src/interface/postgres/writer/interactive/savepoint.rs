//! Savepoints around several verbs of an interactive transaction.

use super::running::{Running, Savepoint, VerbEnd};
use crate::interface::SavepointCommand;

/// The savepoint of steps that are undone together.
const STEPS: &str = "gm_steps";

impl Running {
    /// Sets or ends the savepoint of steps.
    pub(super) async fn savepoint(&mut self, command: SavepointCommand) -> Result<(), VerbEnd> {
        match command {
            SavepointCommand::Set => {
                self.saved = Some(self.changes.clone());
                self.set_savepoint(STEPS).await
            }
            SavepointCommand::Release => self.release_savepoint(STEPS).await,
            SavepointCommand::RollBack => {
                if let Some(changes) = self.saved.take() {
                    self.changes = changes;
                }
                self.undo_savepoint(STEPS).await
            }
        }
    }

    /// Sets a savepoint, which replaces that of the verb before.
    pub(super) async fn set_savepoint(&mut self, name: &str) -> Result<(), VerbEnd> {
        let release = match self.verb_savepoint {
            Savepoint::None => "",
            Savepoint::Earlier | Savepoint::Current => "RELEASE SAVEPOINT gm_verb;",
        };
        self.between_verbs(&format!("{release}SAVEPOINT {name}")).await
    }

    pub(super) async fn release_savepoint(&mut self, name: &str) -> Result<(), VerbEnd> {
        self.between_verbs(&format!("RELEASE SAVEPOINT {name}")).await
    }

    pub(super) async fn undo_savepoint(&mut self, name: &str) -> Result<(), VerbEnd> {
        self.between_verbs(&format!("ROLLBACK TO SAVEPOINT {name};RELEASE SAVEPOINT {name}"))
            .await
    }

    /// Carries out a statement, behind which there is no savepoint of a verb.
    async fn between_verbs(&mut self, text: &str) -> Result<(), VerbEnd> {
        match self.execute_between_verbs(text).await {
            Ok(()) => {
                self.verb_savepoint = Savepoint::None;
                Ok(())
            }
            Err(failure) => Err(VerbEnd::of(&failure).unwrap_or(VerbEnd::Broken)),
        }
    }
}
