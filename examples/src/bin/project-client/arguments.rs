//! What the program can be told.

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
  0  done; also where whoever reads the output has seen enough
  1  the service failed, or its answer was not understood
  2  the arguments, the URL or the token can't be used
  3  there is no such project
  4  the service refuses this caller
  5  the service can't be reached, is too busy, or did not answer in time
  6  the service refuses the values
  7  whether the service carried the write out is not known";

#[derive(Args, Debug)]
pub(crate) struct Service {
    /// Where the service is
    #[arg(
        long,
        global = true,
        env = "PROJECTS_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub(crate) url: String,
    /// The bearer token; other users of the machine see it here, and not in the environment
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
    /// Adds a project, and shows it
    Create {
        #[arg(long)]
        name: String,
        #[arg(long)]
        status: String,
        #[command(flatten)]
        format: Format,
    },
    /// Changes a project, and shows it
    Update {
        #[arg(allow_negative_numbers = true)]
        id: i64,
        #[command(flatten)]
        write: Write,
        #[command(flatten)]
        format: Format,
    },
    /// Removes a project
    Delete {
        #[arg(allow_negative_numbers = true)]
        id: i64,
    },
    /// Shows the projects that match, each event, and the projects again when they changed, until ctrl-c
    Watch {
        #[command(flatten)]
        selection: Selection,
        /// A JSON object a line: {"event": "update", "id": 1} or {"rows": [..]}
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

/// How rows are written.
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
