//! `reassign sandbox`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::duration;
use crate::sandbox::{
    Endpoint, Faults, Headers, Links, Policy, RateLimit, RetryAfter, Rule, Scenario, Scope,
};

/// `reassign sandbox`.
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// The contacts, as CSV [default: the sample workspace]
    #[arg(long, value_name = "FILE")]
    pub contacts: Option<PathBuf>,
    /// The users, as CSV [default: the sample workspace]
    #[arg(long, value_name = "FILE")]
    pub users: Option<PathBuf>,
    /// Keep the workspace in this file [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub database: Option<PathBuf>,
    /// The address to listen on; beyond this computer, `/_sandbox` is off
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::from(Ipv4Addr::LOCALHOST))]
    pub listen: IpAddr,
    /// The port [default: a free one]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub port: u16,
    /// Requests that are accepted in that time (also N/m, N/h) [default: any number]
    #[arg(long, value_name = "N/s")]
    pub rate_limit: Option<RateLimit>,
    /// What has such a limit of its own
    #[arg(long, value_enum, value_name = "WHAT", default_value = "endpoint")]
    pub limit_scope: Scope,
    /// How requests are counted against that limit
    #[arg(long, value_enum, value_name = "HOW", default_value = "sliding")]
    pub policy: Policy,
    /// Which answers tell about the limit
    #[arg(long, value_enum, value_name = "WHICH", default_value = "always")]
    pub headers: Headers,
    /// How long every answer takes
    #[arg(long, value_name = "TIME", default_value = "0ms", hide_default_value = true, value_parser = duration)]
    pub latency: Duration,
    /// Shares of requests that go wrong: 449=0.02,500=0.01,drop=0.005,lost=0.005,stall=0.001; and of contacts whose
    /// conversations are closed, so that a write is answered 200 and changes nothing: closed=0.05 [default: none]
    #[arg(long, value_name = "NAME=SHARE,…")]
    pub fault: Option<Faults>,
    /// How old what the list of contacts shows is (25s in the wild) [default: current]
    #[arg(long, value_name = "TIME", default_value = "0s", hide_default_value = true, value_parser = duration)]
    pub list_lag: Duration,
    /// How the addresses of a list's further pages look
    #[arg(long, value_enum, value_name = "HOW", default_value = "complete")]
    pub links: Links,
    /// Which requests and contacts go wrong
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    pub seed: u64,
    /// How long a client may take to send a request and to take its answer, and may idle between two
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = super::values::time_above_zero)]
    pub patience: Duration,
}

impl SandboxArgs {
    /// The limit, if there is one, for each operation.
    pub(crate) fn scenario(&self) -> Scenario {
        let rule = |rate| {
            let mut rule = Rule::new(Endpoint::ALL, rate);
            rule.scope = self.limit_scope;
            rule.policy = self.policy;
            rule.headers = self.headers;
            if rule.headers == Headers::Never {
                rule.refusal.retry_after = RetryAfter::Absent;
            }
            rule
        };
        Scenario {
            limits: self.rate_limit.map(rule).into_iter().collect(),
            ..Scenario::default()
        }
    }
}
