//! Which workspace a command is about.

use std::env;

use crate::api::Address;
use crate::cli::WorkspaceArgs;

use crate::refusal::Refusal;

const VARIABLE: &str = "REASSIGN_BASE_URL";
const DEFAULT: &str = "https://api.aelyst.ai/v1";

/// A workspace.
#[derive(Clone, Debug)]
pub(super) enum Workspace {
    /// The one that exists only for this run, or in a file of its own.
    Sandbox,
    /// The one behind an address.
    At(Address),
}

impl Workspace {
    /// The workspace that options and environment name.
    pub(super) fn chosen(args: &WorkspaceArgs) -> Result<Workspace, Refusal> {
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

    /// As results files name it.
    pub(super) fn name(&self) -> &str {
        match self {
            Workspace::Sandbox => "sandbox",
            Workspace::At(address) => address.host(),
        }
    }

    /// As plans and journals name it.
    pub(super) fn id(&self) -> String {
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
