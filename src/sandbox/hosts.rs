//! To whom a request may be addressed.
//!
//! A page in a browser on this computer can have its own name resolved to 127.0.0.1 and then ask a server here as if it
//! were the page's own (DNS rebinding). The name stays in the request, which gives it away.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;

/// To whom a request may be addressed: its `Host`, and the host of its target where that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// `localhost`, or an address of this computer that no other can reach.
    ThisComputer,
    /// Anybody: the server is for others, too, who may know it by any name.
    Any,
}

impl Hosts {
    pub(super) fn admit(self, request: &Request) -> bool {
        if self == Hosts::Any {
            return true;
        }
        let mut named = request.headers().get_all(HOST).iter();
        let host = named
            .next()
            .and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
        let addressed = |authority: &Authority| is_here(authority.host());
        named.next().is_none()
            && host.as_ref().is_some_and(addressed)
            && request.uri().authority().is_none_or(addressed)
    }
}

fn is_here(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || bare
            .unwrap_or(host)
            .parse()
            .is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn admitted(target: &str, hosts: &[&str]) -> bool {
        let mut request = Request::get(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        Hosts::ThisComputer.admit(&request.body(Body::empty()).expect("a request"))
    }

    #[test]
    fn only_names_of_this_computer_are_admitted() {
        for host in [
            "localhost",
            "LocalHost:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.9.9.9:1",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(admitted("/v1", &[host]), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "[::]:80",
            "127.0.0.1:80:80",
        ] {
            assert!(!admitted("/v1", &[host]), "{host}");
        }
    }

    #[test]
    fn a_host_is_needed_once_and_the_target_must_agree() {
        assert!(!admitted("/v1", &[]));
        assert!(!admitted("/v1", &["localhost", "localhost"]));
        assert!(admitted("http://127.0.0.1:80/v1", &["localhost"]));
        assert!(!admitted("http://evil.example/v1", &["localhost"]));
    }
}
