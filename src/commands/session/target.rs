//! Which workspace a command is about.

use std::env;

use crate::api::Address;
use crate::cli::WorkspaceArgs;
use crate::file_clashes::OutputFiles;
use crate::refusal::Refusal;
use crate::workspace::SANDBOX;

const VARIABLE: &str = "REASSIGN_BASE_URL";
const DEFAULT: &str = "https://api.aelyst.ai/v1";

/// The files that say where a workspace is and who may use it.
pub(in crate::commands) fn files(args: &WorkspaceArgs) -> OutputFiles {
    OutputFiles::default()
        .reads("the token's file", args.token_file.as_deref())
        .reads("the certificates", args.ca_file.as_deref())
        .reads("the sandbox's workspace", args.sandbox_db.as_deref())
}

/// A workspace.
#[derive(Clone, Debug)]
pub(in crate::commands) enum Workspace {
    /// The one that exists only for this run, or in a file of its own.
    Sandbox,
    /// The one behind an address.
    At(Address),
}

impl Workspace {
    /// The workspace that options and environment name.
    pub(in crate::commands) fn chosen(args: &WorkspaceArgs) -> Result<Workspace, Refusal> {
        if args.sandbox {
            return Ok(Workspace::Sandbox);
        }
        // Parsed here and not with the other arguments, whose errors repeat what was given: it may hold a password.
        if let Some(text) = &args.base_url {
            return at("`--base-url`", text);
        }
        let text = env::var(VARIABLE)
            .ok()
            .filter(|text| !text.trim().is_empty());
        at(VARIABLE, text.as_deref().unwrap_or(DEFAULT))
    }

    /// Whether nothing that happens there reaches anybody.
    pub(in crate::commands) fn is_trial(&self) -> bool {
        matches!(self, Workspace::Sandbox)
    }

    /// As results files name it.
    pub(in crate::commands) fn name(&self) -> &str {
        match self {
            Workspace::Sandbox => SANDBOX,
            Workspace::At(address) => address.host(),
        }
    }

    /// As plans and journals name it.
    pub(in crate::commands) fn id(&self) -> String {
        match self {
            Workspace::Sandbox => "sandbox".to_owned(),
            Workspace::At(address) => address.to_string(),
        }
    }
}

/// The workspace behind an address that stands somewhere.
fn at(place: &str, text: &str) -> Result<Workspace, Refusal> {
    text.parse()
        .map(Workspace::At)
        .map_err(|err| Refusal::new(format!("{place}: {err}")))
}
