//! `reassign sandbox`: the API on this machine, until it is interrupted.

use std::env;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::api::Address;
use crate::cli::SandboxArgs;
use crate::run::Stop;
use crate::sandbox::{
    self, Contents, Hosts, Options, RecordPage, Sandbox, TrialWorkspace, WorkspaceOrigin,
};

use super::runtime;
use super::screen::{counted, tell};
use super::signals::Signals;
use crate::refusal::ExitStatus;
use crate::terminal::streams;

/// Holds the token of a sandbox that one starts by hand, if it is to be the same each time.
const TOKEN: &str = "REASSIGN_SANDBOX_TOKEN";

pub(super) fn run(args: SandboxArgs) -> anyhow::Result<ExitStatus> {
    let scenario = args.scenario();
    let given = env::var(TOKEN).ok().filter(|token| !token.is_empty());
    let token = match &given {
        Some(given) => SecretString::from(given.as_str()),
        None => sandbox::random_token(),
    };
    let shown = match given {
        Some(_) => None,
        None => Some(token.clone()),
    };
    let here = args.listen.is_loopback();
    let (hosts, record) = match here {
        true => (Hosts::ThisComputer, RecordPage::Served),
        false => (Hosts::Any, RecordPage::Hidden),
    };
    let options = Options {
        contacts: args.contacts,
        users: args.users,
        database: args.database,
        trial: None,
        token,
        hosts,
        scenario,
        latency: args.latency,
        faults: args.fault.unwrap_or_default(),
        list_lag: args.list_lag,
        links: args.links,
        seed: args.seed,
        patience: args.patience,
        record,
    };
    let given = options.contacts.is_some() || options.users.is_some();
    let sandbox = Sandbox::open(options)?;
    let kept_instead = given && sandbox.contents().origin == WorkspaceOrigin::Kept;
    runtime::for_a_server()?.block_on(async move {
        let signals = Signals::listen()?;
        let mut stop = signals.stop();
        let listener = TcpListener::bind((args.listen, args.port))
            .await
            .with_context(|| format!("cannot listen on port {} of {}", args.port, args.listen))?;
        let bound = listener.local_addr()?;
        let address = url(bound);
        writeln!(streams::stdout(), "{address}").context("nobody reads the address")?;
        if kept_instead {
            tell("The database holds a workspace already, which is kept; `--contacts` and `--users` were not read.");
        }
        if !here {
            tell(format!(
                "This listens beyond this computer: whoever reaches {bound} can read and change this workspace. \
                 `/_sandbox` is off. reassign itself sends to other computers over HTTPS only."
            ));
        }
        tell(introduction(shown.as_ref(), bound));
        let stopped = async move {
            // Listening ends only with the program, so this resolves on a signal alone.
            let _ = stop.changed().await;
        };
        let mut asked = signals.stop();
        tokio::select! {
            served = sandbox::serve(listener, sandbox, stopped) => served?,
            Ok(_) = asked.wait_for(|stop| *stop == Stop::Now) => {}
        }
        Ok(signals.status().unwrap_or(ExitStatus::Done))
    })
}

/// The token, unless it was given, and how the program reaches the sandbox from the computer it runs on, if it can.
fn introduction(token: Option<&SecretString>, bound: SocketAddr) -> String {
    let (mut text, variable) = match token {
        Some(token) => {
            let token = token.expose_secret();
            (format!("The token is `{token}`."), token.to_owned())
        }
        None => (
            format!("The token is the one in {TOKEN}."),
            format!("\"${TOKEN}\""),
        ),
    };
    let here = match bound.ip() {
        ip if ip.is_unspecified() => SocketAddr::from((Ipv4Addr::LOCALHOST, bound.port())),
        ip if ip.is_loopback() => bound,
        _ => return text,
    };
    let address = url(here);
    text += &format!(
        " From another terminal:\n  REASSIGN_TOKEN={variable} reassign apply SHEET --base-url {address}"
    );
    text
}

/// The base address of a sandbox.
pub(super) fn url(address: SocketAddr) -> String {
    format!("http://{address}/v1")
}

/// A sandbox in this process, for as long as it lives.
pub(super) struct TrialServer {
    pub(super) address: Address,
    pub(super) token: SecretString,
    contents: Contents,
    _stop: oneshot::Sender<()>,
}

impl TrialServer {
    /// What it is about, where that is not the sample workspace.
    pub(super) fn introduction(&self) -> Option<String> {
        let Contents {
            origin,
            contacts,
            users,
        } = self.contents;
        (origin == WorkspaceOrigin::Trial).then(|| {
            format!(
                "The sample workspace has none of these contacts, so this trial uses a workspace made from the sheet: {}, {}.",
                counted(contacts as usize, "contact", "contacts"),
                counted(users as usize, "user", "users"),
            )
        })
    }

    /// Starts a sandbox on a free port, with a token of its own.
    pub(super) async fn start(
        database: Option<PathBuf>,
        trial: Option<TrialWorkspace>,
    ) -> anyhow::Result<TrialServer> {
        let token = sandbox::random_token();
        let sandbox = Sandbox::open(Options {
            database,
            trial,
            ..Options::new(token.clone())
        })?;
        let contents = sandbox.contents();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot start the sandbox")?;
        let address = url(listener.local_addr()?).parse()?;
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(async move {
            let stopped = async move {
                let _ = stopped.await;
            };
            if let Err(err) = sandbox::serve(listener, sandbox, stopped).await {
                tell(format!("the sandbox stopped: {err}"));
            }
        });
        Ok(TrialServer {
            address,
            token,
            contents,
            _stop: stop,
        })
    }
}
