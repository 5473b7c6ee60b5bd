//! `reassign sandbox`: the API on this machine, until it is interrupted.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::api::Address;
use crate::cli::SandboxArgs;
use crate::run::Stop;
use crate::sandbox::{self, Faults, Headers, Options, Origin, Policy, Sandbox};

use super::ExitStatus;
use super::screen::tell;
use super::signals::Signals;

/// The token of a sandbox that one starts by hand.
const TOKEN: &str = "sandbox";

pub(super) fn run(args: SandboxArgs) -> anyhow::Result<ExitStatus> {
    let options = Options {
        contacts: args.contacts,
        users: args.users,
        database: args.database,
        token: TOKEN.to_owned().into(),
        rate_limit: args.rate_limit,
        policy: args.policy.into(),
        headers: args.headers.into(),
        latency: args.latency,
        faults: args.fault.unwrap_or_default(),
        seed: args.seed,
    };
    let sandbox = Sandbox::open(&options)?;
    let given = options.contacts.is_some() || options.users.is_some();
    let kept_instead = given && sandbox.contents().origin == Origin::Kept;
    Runtime::new()?.block_on(async move {
        let signals = Signals::listen()?;
        let mut stop = signals.stop();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))
            .await
            .with_context(|| format!("cannot listen on port {}", args.port))?;
        let address = url(listener.local_addr()?);
        writeln!(io::stdout(), "{address}").context("nobody reads the address")?;
        if kept_instead {
            tell("The database holds a workspace already, which is kept; `--contacts` and `--users` were not read.");
        }
        tell(format!("The token is `{TOKEN}`. From another terminal:\n  REASSIGN_TOKEN={TOKEN} reassign apply SHEET --base-url {address}"));
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

/// The base address of a sandbox.
pub(super) fn url(address: SocketAddr) -> String {
    format!("http://{address}/v1")
}

/// A sandbox in this process, for as long as it lives.
pub(super) struct Embedded {
    pub(super) address: Address,
    pub(super) token: String,
    _stop: oneshot::Sender<()>,
}

impl Embedded {
    /// Starts a sandbox on a free port, with a token of its own.
    pub(super) async fn start(database: Option<PathBuf>) -> anyhow::Result<Embedded> {
        let token = super::maker::random_name();
        let options = Options {
            contacts: None,
            users: None,
            database,
            token: token.clone().into(),
            rate_limit: None,
            policy: Policy::default(),
            headers: Headers::default(),
            latency: Duration::ZERO,
            faults: Faults::default(),
            seed: 0,
        };
        let sandbox = Sandbox::open(&options)?;
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
        Ok(Embedded {
            address,
            token,
            _stop: stop,
        })
    }
}
