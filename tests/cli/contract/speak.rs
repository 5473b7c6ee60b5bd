//! Requests to a sandbox by operation, each answer of which is held against the contract.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::document::{Contract, Members, members};
use crate::support::{Answer, Sandbox, TOKEN, http};

/// A sandbox, and the contract that it has to keep.
pub(super) struct Spoken {
    pub(super) contract: Contract,
    pub(super) sandbox: Sandbox,
}

/// A request of an operation: what is in it beyond the operation's own path.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ask<'a> {
    /// The operation's ID.
    pub(super) operation: &'a str,
    /// What the path's parameter holds, if it has one.
    pub(super) parameter: &'a str,
    /// With its question mark.
    pub(super) query: &'a str,
    pub(super) authorization: Option<&'a str>,
    pub(super) body: &'a str,
}

impl Spoken {
    pub(super) fn with(args: &[&str]) -> Spoken {
        Spoken {
            contract: Contract::read(),
            sandbox: Sandbox::with(args),
        }
    }

    /// An answer that fits the contract: a documented status, the documented body, the documented headers.
    #[track_caller]
    pub(super) fn ask(&self, ask: Ask<'_>) -> Answer {
        let operation = self.contract.operation(ask.operation);
        let target = self.target(ask);
        let headers: Vec<_> = ask
            .authorization
            .map(|value| ("Authorization", value))
            .into_iter()
            .collect();
        let answer = http(
            self.sandbox.authority(),
            &operation.method,
            &target,
            &headers,
            ask.body,
        );
        let told = || format!("{ask:?}\n{target}\n{answer:#?}");
        let response = operation.response(answer.status).unwrap_or_else(|| {
            panic!(
                "the status is none of {:?}: {}",
                operation.statuses(),
                told()
            )
        });
        assert_eq!(
            answer.header("content-type"),
            Some("application/json"),
            "{}",
            told()
        );
        let body: Value =
            serde_json::from_str(&answer.body).unwrap_or_else(|err| panic!("{err}: {}", told()));
        let schema = &response["content"]["application/json"]["schema"];
        let misfits = self.contract.misfits(schema, Members::OnlyNamed, &body);
        assert!(misfits.is_empty(), "{misfits:#?}: {}", told());
        if answer.status != 200 {
            assert_eq!(body["code"], answer.status, "{}", told());
        }
        if let Some(documented) = response.get("headers") {
            for (name, header) in members(documented) {
                let value = answer
                    .header(name)
                    .unwrap_or_else(|| panic!("no `{name}`: {}", told()));
                let number: Value = serde_json::from_str(value)
                    .unwrap_or_else(|err| panic!("`{name}`: {err}: {}", told()));
                let misfits = self
                    .contract
                    .misfits(&header["schema"], Members::AsWritten, &number);
                assert!(misfits.is_empty(), "`{name}`: {misfits:#?}: {}", told());
            }
        }
        answer
    }

    /// The same, which has to answer with this status.
    #[track_caller]
    pub(super) fn answers(&self, status: u16, ask: Ask<'_>) -> Answer {
        let answer = self.ask(ask);
        assert_eq!(answer.status, status, "{ask:?}\n{answer:#?}");
        answer
    }

    #[track_caller]
    pub(super) fn read(&self, identifier: &str) -> Value {
        let ask = Ask {
            operation: "getContact",
            parameter: identifier,
            ..Ask::default()
        };
        json_of(&self.answers(200, ask))
    }

    /// Writes an assignee; the contact that was acted on.
    #[track_caller]
    pub(super) fn write(&self, identifier: &str, assignee: &Value) -> u64 {
        let body = json!({ "assignee": assignee });
        let schema = self
            .contract
            .operation("setConversationAssignee")
            .request_schema();
        let misfits = self.contract.misfits(schema, Members::AsWritten, &body);
        assert!(
            misfits.is_empty(),
            "the request does not fit: {misfits:#?}: {body}"
        );
        let ask = Ask {
            operation: "setConversationAssignee",
            parameter: identifier,
            body: &body.to_string(),
            ..Ask::default()
        };
        json_of(&self.answers(200, ask))["contactId"]
            .as_u64()
            .expect("an ID")
    }

    /// Sends a request, and leaves the answer to come.
    pub(super) fn start(&self, ask: Ask<'_>) -> TcpStream {
        let operation = self.contract.operation(ask.operation);
        let request = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
            operation.method,
            self.target(ask),
            self.sandbox.authority(),
            ask.body.len(),
            ask.body
        );
        let mut stream = TcpStream::connect(self.sandbox.authority()).expect("the sandbox listens");
        stream
            .write_all(request.as_bytes())
            .expect("a request is sent");
        stream
    }

    /// Sends the request and expects that the connection is closed without a single byte.
    #[track_caller]
    pub(super) fn is_left_without_an_answer(&self, ask: Ask<'_>) {
        let mut answer = Vec::new();
        match self.start(ask).read_to_end(&mut answer) {
            Ok(_) => {}
            Err(err) if err.kind() == ErrorKind::ConnectionReset => {}
            Err(err) => panic!("{ask:?}: {err}"),
        }
        assert!(
            answer.is_empty(),
            "{ask:?}: {}",
            String::from_utf8_lossy(&answer)
        );
    }

    fn target(&self, ask: Ask<'_>) -> String {
        let operation = self.contract.operation(ask.operation);
        let parameter = operation
            .path
            .split(['{', '}'])
            .nth(1)
            .map(|name| (name, ask.parameter));
        operation.target(parameter.as_slice()) + ask.query
    }
}

#[track_caller]
pub(super) fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|err| panic!("{err}: {answer:#?}"))
}
