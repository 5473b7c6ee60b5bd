//! A browser without a window, driven over WebDriver: chromedriver speaks it as plain HTTP.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// A browser; ends with the test.
pub(super) struct Browser {
    driver: Child,
    authority: String,
    session: String,
    _profile: tempfile::TempDir,
}

/// It ends at once where the port that it was given is taken for one of the two kinds of addresses.
const STARTS: usize = 5;

/// A driver and its port; `None` if it has ended without one.
fn started() -> io::Result<Option<(Child, u16)>> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let said = BufReader::new(driver.stdout.take().expect("a pipe"));
    let port = said.lines().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse::<u16>().ok()
    });
    if port.is_none() {
        driver.wait()?;
    }
    Ok(port.map(|port| (driver, port)))
}

impl Browser {
    /// Starts one; `None`, with a message, where there is no chromedriver.
    pub(super) fn start() -> Option<Browser> {
        let found = (0..STARTS).find_map(|_| started().transpose());
        let (driver, port) = match found.expect("chromedriver says its port") {
            Ok(found) => found,
            Err(err) => {
                super::tell(&format!(
                    "skipped: no `chromedriver` can be started ({err}); Debian has it as `chromium-driver`"
                ));
                return None;
            }
        };
        let profile = tempfile::tempdir().expect("a folder");
        let own = format!("--user-data-dir={}", profile.path().display());
        let args: Vec<&str> = FLAGS.into_iter().chain([own.as_str()]).collect();
        let mut browser = Browser {
            driver,
            authority: format!("127.0.0.1:{port}"),
            session: String::new(),
            _profile: profile,
        };
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {"args": args},
        }}});
        let session = browser.call("POST", "/session", &wanted);
        browser.session = format!("/session/{}", session["sessionId"].as_str().expect("an ID"));
        Some(browser)
    }

    #[track_caller]
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let (status, answer) = exchange(&self.authority, method, path, &body)
            .unwrap_or_else(|err| panic!("{method} {path}: {err}"));
        let value: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(status, 200, "{method} {path}: {value}");
        value["value"].clone()
    }

    #[track_caller]
    fn within(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("{}{path}", self.session), body)
    }

    /// Opens a file.
    #[track_caller]
    pub(super) fn open(&self, page: &Path) {
        // The browser's own first page asks for many things.
        self.within("/url", &json!({"url": "about:blank"}));
        self.requests();
        self.console();
        let url = format!("file://{}", page.display());
        self.within("/url", &json!({ "url": url }));
    }

    /// Opens the same page once more.
    #[track_caller]
    pub(super) fn reload(&self) {
        self.within("/refresh", &json!({}));
    }

    /// What a function body returns in the page.
    #[track_caller]
    pub(super) fn run(&self, script: &str) -> Value {
        self.within("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What a function body hands to `done` in the page.
    #[track_caller]
    pub(super) fn run_until_done(&self, script: &str) -> Value {
        let script = format!("const done = arguments[0]; {script}");
        self.within("/execute/async", &json!({"script": script, "args": []}))
    }

    /// A command of the browser's own protocol.
    #[track_caller]
    pub(super) fn command(&self, name: &str, params: &Value) -> Value {
        self.within("/goog/cdp/execute", &json!({"cmd": name, "params": params}))
    }

    /// The page as a PDF, in base64.
    #[track_caller]
    pub(super) fn print(&self) -> String {
        let printed = self.within("/print", &json!({}));
        printed.as_str().expect("base64").to_owned()
    }

    /// Presses keys, one after the other, wherever the focus is.
    #[track_caller]
    pub(super) fn press(&self, keys: &[&str]) {
        let actions: Vec<Value> = keys
            .iter()
            .flat_map(|key| {
                [
                    json!({"type": "keyDown", "value": key}),
                    json!({"type": "keyUp", "value": key}),
                ]
            })
            .collect();
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.within("/actions", &actions);
    }

    /// What the console has said since the last look.
    #[track_caller]
    pub(super) fn console(&self) -> Vec<String> {
        let log = self.within("/se/log", &json!({"type": "browser"}));
        let said = log.as_array().expect("a list").iter();
        said.map(|line| line["message"].to_string()).collect()
    }

    /// The addresses that were asked for since the last look.
    #[track_caller]
    pub(super) fn requests(&self) -> Vec<String> {
        let log = self.within("/se/log", &json!({"type": "performance"}));
        let lines = log.as_array().expect("a list").iter();
        lines
            .filter_map(|line| serde_json::from_str::<Value>(line["message"].as_str()?).ok())
            .filter(|line| line["message"]["method"] == "Network.requestWillBeSent")
            .filter_map(|line| {
                line["message"]["params"]["request"]["url"]
                    .as_str()
                    .map(str::to_owned)
            })
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // What the test found is what matters; here the browser only has to end.
            let _ = exchange(&self.authority, "DELETE", &self.session, "");
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request and its answer, as long as the answer says it is: chromedriver leaves connections open.
fn exchange(authority: &str, method: &str, path: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    let mut answer = BufReader::new(stream);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut length = 0;
    loop {
        line.clear();
        answer.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut text = vec![0; length];
    answer.read_exact(&mut text)?;
    let status = status.ok_or_else(|| io::Error::other(format!("no status in {line:?}")))?;
    Ok((status, text))
}
