//! The arguments of the program.

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::selection::Selection;

/// Reads and writes the projects of a project-service.
#[derive(Debug, Parser)]
#[command(name = "project-client", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) service: Service,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  success; also if the reader of the output closed it
  1  the service failed, or its response could not be decoded
  2  the arguments, the URL or the token are invalid
  3  there is no such project
  4  the service does not permit the operation
  5  the service can't be reached, is too busy, or did not respond in time
  6  the service refuses the values
  7  the write may have been carried out";

#[derive(Args, Debug)]
pub(crate) struct Service {
    /// The URL of the service
    #[arg(
        long,
        global = true,
        env = "PROJECTS_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub(crate) url: String,
    /// The bearer token. As an argument it is visible to other users of the machine, in the environment it is not
    #[arg(long, global = true, env = "PROJECTS_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows the projects that match
    List {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        format: Format,
    },
    /// Shows one project
    Get {
        #[arg(allow_negative_numbers = true)]
        id: i64,
        #[command(flatten)]
        format: Format,
    },
    /// Creates a project, and shows it
    Create {
        #[arg(long)]
        name: String,
        #[arg(long)]
        status: String,
        #[command(flatten)]
        format: Format,
    },
    /// Updates a project, and shows it
    Update {
        #[arg(allow_negative_numbers = true)]
        id: i64,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        format: Format,
    },
    /// Deletes a project
    Delete {
        #[arg(allow_negative_numbers = true)]
        id: i64,
    },
    /// Shows the projects that match, each event, and the projects again after each change, until ctrl-c
    Watch {
        #[command(flatten)]
        selection: Selection,
        /// One JSON object for each line: {"event": "update", "id": 1} or {"rows": [..]}
        #[arg(long)]
        json: bool,
    },
    /// Prints a script that completes this program's arguments
    Completions { shell: Shell },
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct Write {
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[arg(long)]
    pub(crate) status: Option<String>,
}

#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Format {
    /// As JSON
    #[arg(long)]
    json: bool,
    /// As CSV (RFC 4180), with a header
    #[arg(long)]
    csv: bool,
}

/// The format of rows.
#[derive(Clone, Copy)]
pub(crate) enum Choice {
    Table,
    Json,
    Csv,
}

impl Format {
    pub(crate) fn choice(&self) -> Choice {
        match (self.json, self.csv) {
            (true, _) => Choice::Json,
            (false, true) => Choice::Csv,
            (false, false) => Choice::Table,
        }
    }
}
