//! Where the token comes from: the environment, a file, or a hidden prompt; never an argument.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use secrecy::SecretString;

use super::super::screen::tell;
use crate::cli::WorkspaceArgs;
use crate::platform;
use crate::refusal::Refusal;
use crate::terminal::streams::can_ask;

const VARIABLE: &str = "REASSIGN_TOKEN";

/// No token file is as long as this, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Whether a token could be had, without asking for it yet.
pub(super) enum TokenSource {
    /// This one.
    Token(SecretString),
    /// None so far, but somebody can be asked.
    Askable,
}

/// Looks for the token.
pub(super) fn find(workspace: &WorkspaceArgs) -> Result<TokenSource, Refusal> {
    if let Some(path) = &workspace.token_file {
        return read(path).map(TokenSource::Token);
    }
    if let Some(command) = &workspace.token_command {
        return printed(command).map(TokenSource::Token);
    }
    match std::env::var(VARIABLE) {
        Ok(text) if !clean(&text).is_empty() => Ok(TokenSource::Token(clean(&text).into())),
        _ if can_ask() => Ok(TokenSource::Askable),
        _ => Err(Refusal::new(format!(
            "there is no token: put it into the variable {VARIABLE}, or into a file that only you can read, and give \
             that with `--token-file FILE` (practice needs none: `--sandbox`)"
        ))),
    }
}

impl TokenSource {
    /// The token, asking for it if need be.
    pub(super) fn get(&self) -> Result<SecretString, Refusal> {
        match self {
            TokenSource::Token(token) => Ok(token.clone()),
            TokenSource::Askable => ask(),
        }
    }
}

fn ask() -> Result<SecretString, Refusal> {
    tell(
        "The token is in your workspace under Settings, Integrations, Developer API. It is not shown as you paste it.",
    );
    let typed = rpassword::prompt_password("Token: ")
        .map_err(|err| Refusal::new(format!("cannot ask for the token: {err}")))?;
    match clean(&typed) {
        "" => Err(Refusal::new("no token was given")),
        token => Ok(token.into()),
    }
}

/// What a password manager prints. Nothing of that is shown, whatever goes wrong; what it says on standard error is its
/// own, and may ask somebody to unlock it.
fn printed(command: &str) -> Result<SecretString, Refusal> {
    let words = platform::words(command).filter(|words| !words.is_empty());
    let Some(words) = words else {
        return Err(Refusal::new(
            "the token command is blank, or a quote in it is not closed",
        ));
    };
    let program = &words[0];
    let output = Command::new(program)
        .args(&words[1..])
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|err| Refusal::new(format!("cannot run the token command `{program}`: {err}")))?;
    let token = String::from_utf8(output.stdout).unwrap_or_default();
    match (
        output.status.success(),
        clean(token.lines().next().unwrap_or_default()),
    ) {
        (false, _) => Err(Refusal::new(format!(
            "the token command `{program}` did not succeed ({}); run it by hand to see why",
            output.status
        ))),
        (true, "") => Err(Refusal::new(format!(
            "the token command `{program}` printed no token"
        ))),
        (true, token) => Ok(token.into()),
    }
}

fn read(path: &Path) -> Result<SecretString, Refusal> {
    let shown = path.display();
    let unreadable =
        |err: io::Error| Refusal::new(format!("cannot read the token in `{shown}`: {err}"));
    let file = File::open(path).map_err(unreadable)?;
    if let Some(fix) = platform::exposed(&file, path) {
        return Err(Refusal::new(format!(
            "others can read the token file `{shown}`; run `{fix}` first"
        )));
    }
    let mut text = String::new();
    file.take(LONGEST)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 == LONGEST {
        return Err(Refusal::new(format!(
            "`{shown}` is far too long to be a token"
        )));
    }
    match clean(&text) {
        "" => Err(Refusal::new(format!("the token file `{shown}` is empty"))),
        token => Ok(token.into()),
    }
}

/// The token without what often comes along when it is copied.
fn clean(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim();
    match text.get(..7) {
        Some(word) if word.eq_ignore_ascii_case("bearer ") => text[7..].trim(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_along_with_a_copied_token_is_dropped() {
        for text in [
            "abc.def",
            "\u{feff}abc.def\r\n",
            " Bearer abc.def ",
            "bearer  abc.def\n",
        ] {
            assert_eq!(clean(text), "abc.def", "{text:?}");
        }
        assert_eq!(clean(" \n"), "");
        assert_eq!(clean("Bearer "), "Bearer");
    }
}
