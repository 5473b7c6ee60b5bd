//! The API's base address, checked once, and the one place where the address of a request is built.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use reqwest::Url;

use super::{Error, server_message};

/// The API's base address, such as `https://api.example.com/v1`: HTTPS, or plain HTTP to this computer only.
///
/// Displays in lower case without a trailing slash, so that two ways of writing one address look the same. Requests
/// keep the path as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    base: Url,
    host: String,
}

impl Address {
    /// The host's name or number, in lower case, without port; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is this computer: 127.0.0.0/8, `[::1]` or `localhost`.
    pub fn is_loopback(&self) -> bool {
        let v6 = self.host.trim_matches(['[', ']']);
        self.host == "localhost"
            || self
                .host
                .parse::<Ipv4Addr>()
                .is_ok_and(|ip| ip.is_loopback())
            || v6.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether connections are encrypted.
    pub(super) fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The host, with its port where that is not the usual one: how messages name the server.
    pub(super) fn authority(&self) -> String {
        match self.base.port() {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The address of `path` below the base. `path` is encoded already and begins with a slash.
    ///
    /// Only the path is set, so whatever it holds, the request goes to this host and has no query.
    pub(super) fn join(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    /// The address of a page of the list at `path`: `limit` items from `cursor` on.
    pub(super) fn join_page(&self, path: &str, limit: usize, cursor: Option<&str>) -> Url {
        let mut url = self.join(path);
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", &limit.to_string());
        if let Some(cursor) = cursor {
            query.append_pair("cursorId", cursor);
        }
        drop(query);
        url
    }

    /// Where a `Location` header leads, as the host's name; `None` if it cannot be read.
    pub(super) fn redirect_host(&self, location: &str) -> Option<String> {
        let target = self.base.join(location).ok()?;
        Some(target.host_str()?.to_owned())
    }
}

impl FromStr for Address {
    type Err = Error;

    /// Checks `text`; blanks around it do not matter.
    ///
    /// # Errors
    /// One variant of [`Error`] for each thing that is wrong. A user name, password, query or fragment is never
    /// repeated in it.
    fn from_str(text: &str) -> Result<Address, Error> {
        let text = text.trim();
        if let Some(mark) = text.chars().find(|c| matches!(c, '?' | '#')) {
            return Err(Error::Extra { mark });
        }
        let rest = match text.split_once("://") {
            Some((_, rest)) => rest,
            None => text,
        };
        if rest
            .split(['/', '\\'])
            .next()
            .is_some_and(|authority| authority.contains('@'))
        {
            return Err(Error::UserInfo);
        }
        let given = || server_message::printable(text, 120);
        let malformed = |problem: &str| Error::Malformed {
            given: given(),
            problem: problem.to_owned(),
        };
        // The parser would drop or turn these silently.
        if text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '\\')
        {
            return Err(malformed("it has a blank or a backslash in it"));
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        if !scheme.is_some_and(|scheme| {
            scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
        }) {
            return Err(Error::Scheme { given: given() });
        }
        if rest.is_empty() || rest.starts_with('/') {
            return Err(malformed("it names no host"));
        }
        let mut base = Url::parse(text).map_err(|problem| malformed(&problem.to_string()))?;
        let host = base
            .host_str()
            .ok_or_else(|| malformed("it names no host"))?
            .to_lowercase();
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        let address = Address { base, host };
        if !address.is_https() && !address.is_loopback() {
            return Err(Error::Insecure { given: given() });
        }
        Ok(address)
    }
}

impl TryFrom<&str> for Address {
    type Error = Error;

    fn try_from(text: &str) -> Result<Address, Error> {
        text.parse()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            self.base
                .as_str()
                .trim_end_matches('/')
                .to_lowercase()
                .as_str(),
        )
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    #[test]
    fn one_address_is_shown_in_one_way() {
        for (text, shown, host) in [
            (
                "https://api.aelyst.ai/v1",
                "https://api.aelyst.ai/v1",
                "api.aelyst.ai",
            ),
            (
                " HTTPS://API.Aelyst.ai:443/V1// ",
                "https://api.aelyst.ai/v1",
                "api.aelyst.ai",
            ),
            (
                "https://api.aelyst.ai",
                "https://api.aelyst.ai",
                "api.aelyst.ai",
            ),
            (
                "https://münchen.example/v1",
                "https://xn--mnchen-3ya.example/v1",
                "xn--mnchen-3ya.example",
            ),
            (
                "https://10.0.0.7:8443/a/../v1/",
                "https://10.0.0.7:8443/v1",
                "10.0.0.7",
            ),
            (
                "http://127.0.0.1:40331/v1",
                "http://127.0.0.1:40331/v1",
                "127.0.0.1",
            ),
            ("http://127.9.8.7/v1", "http://127.9.8.7/v1", "127.9.8.7"),
            ("http://[::1]:8080/v1/", "http://[::1]:8080/v1", "[::1]"),
            (
                "http://LOCALHOST:8080",
                "http://localhost:8080",
                "localhost",
            ),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(address.host(), host);
        }
    }

    #[test]
    fn a_trailing_slash_makes_no_other_address() {
        let address: Address = "https://api.aelyst.ai/v1".parse().unwrap();
        assert_eq!(
            "https://api.aelyst.ai/v1//".parse::<Address>().unwrap(),
            address
        );
    }

    #[test]
    fn loopback_is_this_computer_and_nothing_else() {
        for (text, loopback) in [
            ("https://127.0.0.1/v1", true),
            ("https://[::1]/v1", true),
            ("https://localhost/v1", true),
            ("https://localhost.example.com/v1", false),
            ("https://127.0.0.1.example.com/v1", false),
            ("https://[::2]/v1", false),
            ("https://10.0.0.1/v1", false),
        ] {
            assert_eq!(
                Address::try_from(text).unwrap().is_loopback(),
                loopback,
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_that_is_not_safe_is_refused_with_what_would_fix_it() {
        let cases = [
            (
                "",
                "`` is not an address of the web; begin it with `https://`",
            ),
            (
                "api.aelyst.ai/v1",
                "`api.aelyst.ai/v1` is not an address of the web; begin it with `https://`",
            ),
            (
                "ftp://api.aelyst.ai",
                "`ftp://api.aelyst.ai` is not an address of the web; begin it with `https://`",
            ),
            (
                "https:api.aelyst.ai",
                "`https:api.aelyst.ai` is not an address of the web; begin it with `https://`",
            ),
            (
                "http://api.aelyst.ai/v1",
                "`http://api.aelyst.ai/v1` would send the token unencrypted; write `https://` (`http://` is for this \
                 computer only)",
            ),
            (
                "http://localhost.",
                "`http://localhost.` would send the token unencrypted; write `https://` (`http://` is for this computer only)",
            ),
            (
                "http://[::ffff:127.0.0.1]/",
                "`http://[::ffff:127.0.0.1]/` would send the token unencrypted; write `https://` (`http://` is for \
                 this computer only)",
            ),
            (
                "https://kim:secret@api.aelyst.ai",
                "the address has a user name or password in it (the part before `@`); leave that out",
            ),
            (
                "http://127.0.0.1@evil.example/",
                "the address has a user name or password in it (the part before `@`); leave that out",
            ),
            (
                "kim:secret@api.aelyst.ai",
                "the address has a user name or password in it (the part before `@`); leave that out",
            ),
            (
                "https://api.aelyst.ai/v1?token=secret",
                "the address has a part after `?`; leave that out",
            ),
            (
                "https://api.aelyst.ai/v1#secret",
                "the address has a part after `#`; leave that out",
            ),
            (
                "https://api.aelyst.ai\\@evil.example",
                "`https://api.aelyst.ai\\@evil.example` is not an address: it has a blank or a backslash in it; write it like `https://api.example.com/v1`",
            ),
            (
                "https://api.aelyst.ai /v1",
                "`https://api.aelyst.ai /v1` is not an address: it has a blank or a backslash in it; write it like \
                 `https://api.example.com/v1`",
            ),
            (
                "https:///v1",
                "`https:///v1` is not an address: it names no host; write it like `https://api.example.com/v1`",
            ),
            (
                "https://api.aelyst.ai:99999",
                "`https://api.aelyst.ai:99999` is not an address: invalid port number; write it like `https://api.example.com/v1`",
            ),
        ];
        for (text, sentence) in cases {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert_eq!(error, sentence);
            assert!(!error.contains("secret"));
        }
    }

    #[test]
    fn a_path_never_leaves_the_host_or_becomes_a_query() {
        let address: Address = "https://api.aelyst.ai/V1/".parse().unwrap();
        for (path, url) in [
            ("/contact/id:1", "https://api.aelyst.ai/V1/contact/id:1"),
            (
                "/contact/id:1?x#y",
                "https://api.aelyst.ai/V1/contact/id:1%3Fx%23y",
            ),
            (
                "//evil.example/x",
                "https://api.aelyst.ai/V1//evil.example/x",
            ),
        ] {
            assert_eq!(address.join(path).as_str(), url);
        }
    }

    #[test]
    fn a_redirect_is_named_by_the_host_it_leads_to() {
        let address: Address = "https://api.aelyst.ai/v1".parse().unwrap();
        for (location, host) in [
            ("https://evil.example/v1?x", Some("evil.example")),
            ("//other.example/x", Some("other.example")),
            ("/login", Some("api.aelyst.ai")),
            ("http://[", None),
        ] {
            assert_eq!(address.redirect_host(location).as_deref(), host);
        }
    }
}
