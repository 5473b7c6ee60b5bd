//! From a workspace to a connection, and to the sandbox behind it if there is one.

use std::time::Duration;

use secrecy::SecretString;

use crate::api::Connection;
use crate::cli::WorkspaceArgs;
use crate::sandbox::Rehearsal;

use super::sandbox::Embedded;
use super::workspace::Workspace;

/// The API that is spoken to, and the sandbox behind it if there is one: it ends when that is dropped. A sandbox that
/// knows none of the contacts of `rehearsal` is made from it.
pub(super) async fn connect(
    workspace: &Workspace,
    args: &WorkspaceArgs,
    timeout: Duration,
    token: Option<SecretString>,
    rehearsal: Option<Rehearsal>,
) -> anyhow::Result<(Option<Embedded>, Connection)> {
    match (workspace, token) {
        (Workspace::At(address), Some(token)) => {
            let ca_file = args.ca_file.clone();
            Ok((
                None,
                Connection {
                    address: address.clone(),
                    token,
                    timeout,
                    ca_file,
                },
            ))
        }
        _ => {
            let sandbox = Embedded::start(args.sandbox_db.clone(), rehearsal).await?;
            let (address, token) = (sandbox.address.clone(), sandbox.token.clone());
            Ok((
                Some(sandbox),
                Connection {
                    address,
                    token,
                    timeout,
                    ca_file: None,
                },
            ))
        }
    }
}
