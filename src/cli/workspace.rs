//! Where changes are sent: options that every command with a workspace shares.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

/// Where changes are sent.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connecting")]
pub(crate) struct WorkspaceArgs {
    /// Try it on a workspace that exists only for this run: the sample, or one made from your sheet
    #[arg(long)]
    pub sandbox: bool,
    /// Keep the sandbox's workspace in this file
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE",
        requires = "sandbox"
    )]
    pub sandbox_db: Option<PathBuf>,
    /// The file that holds the token [default: the variable REASSIGN_TOKEN, or a prompt]
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE",
        conflicts_with = "sandbox"
    )]
    pub token_file: Option<PathBuf>,
    /// The command that prints the token, such as a password manager's; it runs without a shell
    #[arg(hide_short_help = true, long, value_name = "COMMAND", conflicts_with_all = ["sandbox", "token_file"])]
    pub token_command: Option<String>,
    /// The API's address.
    #[arg(
        hide_short_help = true,
        long,
        help = "The API's address [default: the variable REASSIGN_BASE_URL, or https://api.aelyst.ai/v1]",
        value_name = "URL",
        conflicts_with = "sandbox"
    )]
    pub base_url: Option<String>,
    /// Certificates to trust besides the usual ones, as PEM
    #[arg(
        hide_short_help = true,
        long,
        value_name = "FILE",
        conflicts_with = "sandbox"
    )]
    pub ca_file: Option<PathBuf>,
    /// What settings have added.
    #[arg(skip)]
    pub(crate) added: AddedBySettings,
}

/// What settings have added to a command line, and what on it has chosen these settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddedBySettings {
    /// Long names of options, without dashes.
    pub(crate) options: Vec<String>,
    /// `--config`, and `--workspace` where it is not the usual one, as they are typed.
    pub(crate) chosen_by: Vec<OsString>,
}

impl WorkspaceArgs {
    /// The options as they are typed, for a command that repeats them. What settings add is added there, too.
    pub(crate) fn typed(&self) -> Vec<OsString> {
        let mut typed: Vec<OsString> = Vec::new();
        if self.sandbox {
            typed.push("--sandbox".into());
        }
        let is_typed = |name: &str| !self.added.options.iter().any(|of| name[2..] == **of);
        let mut add = |name: &str, value: Option<OsString>| {
            let value = value.filter(|_| is_typed(name));
            typed.extend(value.into_iter().flat_map(|value| [name.into(), value]));
        };
        let path =
            |path: &Option<PathBuf>| path.as_deref().map(Path::as_os_str).map(OsString::from);
        add("--sandbox-db", path(&self.sandbox_db));
        add("--token-file", path(&self.token_file));
        add(
            "--token-command",
            self.token_command.clone().map(Into::into),
        );
        add("--base-url", self.base_url.clone().map(Into::into));
        add("--ca-file", path(&self.ca_file));
        typed.extend(self.added.chosen_by.iter().cloned());
        typed
    }
}
