//! Failures, with their messages and exit codes.

use std::fmt;
use std::io;
use std::process::ExitCode;

use gm_runtime::Error;

use crate::output;

#[derive(Debug)]
pub(crate) enum Failure {
    Service(Error),
    Output(io::Error),
}

impl Failure {
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code, which `--help` explains.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Output(_) => 1,
            // Before the retryable errors, since this one must not be retried.
            Self::Service(error) if error.is_outcome_unknown() => 7,
            Self::Service(Error::Configuration(_) | Error::Query(_)) => 2,
            // Without an error code the response is not from an owner, so the URL is wrong.
            Self::Service(Error::Remote(error)) if error.status() == 404 && error.error_code().is_none() => 2,
            Self::Service(error) if error.is_not_found() => 3,
            Self::Service(error) if error.is_permission_denied() => 4,
            Self::Service(Error::Transport(_)) => 5,
            Self::Service(error) if error.is_retryable() => 5,
            Self::Service(error) if error.is_invalid() || error.is_conflict() => 6,
            Self::Service(_) => 1,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The message may contain text of the service.
            Self::Service(error) => f.write_str(&output::shown(&error.to_string())),
            Self::Output(error) => write!(f, "the output can't be written: {error}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
