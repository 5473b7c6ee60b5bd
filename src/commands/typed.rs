//! Commands as a person would type them.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::refusal::Offer;
use crate::visible::steers;

/// How the program was called.
#[derive(Clone, Debug)]
pub(super) struct Program {
    name: OsString,
    args: Vec<OsString>,
}

impl Program {
    pub(super) fn called(args: &[OsString]) -> Program {
        let (name, args) = args.split_first().map_or_else(
            || ("reassign".into(), &[][..]),
            |(name, args)| (name.clone(), args),
        );
        Program {
            name,
            args: args.to_vec(),
        }
    }

    /// The command as it was called, with these options instead of those of the same name.
    pub(super) fn again(&self, options: Vec<OsString>) -> String {
        let names: Vec<_> = options
            .iter()
            .filter(|arg| is_option(arg))
            .cloned()
            .collect();
        let mut args = Vec::new();
        let mut rest = self.args.iter();
        while let Some(arg) = rest.next() {
            let text = arg.to_string_lossy();
            if names.contains(arg) {
                // A value follows where the new option has one.
                let valued = options
                    .windows(2)
                    .any(|pair| pair[0] == *arg && !is_option(&pair[1]));
                let _ = valued.then(|| rest.next());
            } else if !names
                .iter()
                .any(|name| text.starts_with(&format!("{}=", name.to_string_lossy())))
            {
                args.push(arg.clone());
            }
        }
        args.extend(options);
        self.command(args)
    }

    /// The command that goes on from the results of this one: they are the sheet now. The option `instead`, with its
    /// value, takes the place of the one of that name.
    pub(super) fn continued<S: AsRef<OsStr>>(
        &self,
        sheet: &Path,
        results: &Path,
        instead: &[S],
    ) -> String {
        self.words_continued(sheet, results, instead).join(" ")
    }

    /// The same, word by word.
    pub(super) fn words_continued<S: AsRef<OsStr>>(
        &self,
        sheet: &Path,
        results: &Path,
        instead: &[S],
    ) -> Vec<String> {
        // Where the first sheet's cells stand says nothing about the results, and a limit has had its use.
        const DROPPED: [&str; 7] = [
            "--out",
            "-o",
            "--limit",
            "--sheet",
            "--header-row",
            "--delimiter",
            "--encoding",
        ];
        let mut args: Vec<OsString> = Vec::new();
        let mut rest = self.args.iter();
        while let Some(arg) = rest.next() {
            let text = arg.to_string_lossy();
            let name = text.split_once('=').map_or(&*text, |(name, _)| name);
            let is_dropped = |name: &str| {
                DROPPED.contains(&name)
                    || instead
                        .first()
                        .is_some_and(|option| option.as_ref() == name)
            };
            if is_dropped(&text) {
                rest.next();
            } else if arg == sheet.as_os_str() {
                args.push(results.into());
            } else if !is_dropped(name) && (!text.starts_with("-o") || text.starts_with("--")) {
                args.push(arg.clone());
            }
        }
        args.extend(instead.iter().map(|arg| arg.as_ref().to_owned()));
        self.words(args)
    }

    /// What a refusal offers, as a command line.
    pub(super) fn offered(&self, offer: &Offer) -> String {
        match offer {
            Offer::Again(options) => self.again(options.clone()),
            Offer::On {
                instead_of,
                file,
                options,
            } => {
                let options: Vec<&OsStr> = options.iter().map(OsString::as_os_str).collect();
                self.continued(instead_of, file, &options)
            }
            Offer::Command(args) => self.command(args),
        }
    }

    /// A command line that can be pasted into a shell.
    pub(super) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> String {
        self.words(args).join(" ")
    }

    /// The same, word by word.
    pub(super) fn words<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Vec<String> {
        let args = args.into_iter().map(|arg| quoted(arg.as_ref()));
        std::iter::once(quoted(&self.name)).chain(args).collect()
    }
}

fn is_option(arg: &OsStr) -> bool {
    arg.to_string_lossy().starts_with('-') && arg != "-"
}

/// An argument as a shell takes it: a POSIX one, or where it holds what must not reach a terminal or is no Unicode, one
/// that knows `$'…'` (bash, zsh, ksh).
pub(super) fn quoted(arg: &OsStr) -> String {
    let plain = |char: char| char.is_alphanumeric() || "-_./:=@%+,~".contains(char);
    match arg.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) && !text.starts_with('~') => {
            text.to_owned()
        }
        Some(text) if !text.contains(steers) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => in_dollars(arg.as_encoded_bytes()),
    }
}

/// What is plain as it is, and every byte of all else as three octal digits.
fn in_dollars(bytes: &[u8]) -> String {
    let mut line = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\\' => line.push_str(r"\\"),
                '\'' => line.push_str(r"\'"),
                char if steers(char) || char.is_control() => {
                    octal(char.encode_utf8(&mut [0; 4]).as_bytes(), &mut line);
                }
                char => line.push(char),
            }
        }
        octal(chunk.invalid(), &mut line);
    }
    line + "'"
}

fn octal(bytes: &[u8], line: &mut String) {
    line.extend(bytes.iter().map(|byte| format!("\\{byte:03o}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_where_a_shell_would_misread_them() {
        let program = Program::called(&["./reassign".into()]);
        let line = program.command([
            "plan",
            "my team.xlsx",
            "--identifier",
            "Owner's phone",
            "",
            "a/b-1.csv",
        ]);
        assert_eq!(
            line,
            r"./reassign plan 'my team.xlsx' --identifier 'Owner'\''s phone' '' a/b-1.csv"
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_steers_a_terminal_or_is_no_unicode_is_quoted_so_that_bash_reads_it_back() {
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        for bytes in [
            b"a\x1b]0;x\x07'b\\0\n".as_slice(),
            "a\u{202e}vsc.x 7".as_bytes(),
            b"caf\xe9.csv",
            "plain 'text' \u{9b}".as_bytes(),
        ] {
            let line = quoted(OsStr::from_bytes(bytes));
            assert!(!line.contains(steers), "{line:?}");
            let shell = std::process::Command::new("bash")
                .args(["-c", &format!("printf %s {line}")])
                .output()
                .expect("bash is there");
            assert_eq!(
                OsString::from_vec(shell.stdout),
                OsStr::from_bytes(bytes),
                "{line}"
            );
        }
        assert_eq!(quoted(OsStr::from_bytes(b"caf\xe9.csv")), r"$'caf\351.csv'");
    }

    #[test]
    fn a_command_goes_on_from_its_results() {
        let args =
            "reassign apply my.xlsx --sheet=Team --limit 5 -oout.csv --region MY --yes -o x.csv";
        let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
        let program = Program::called(&args);
        assert_eq!(
            program.continued(Path::new("my.xlsx"), Path::new("x.csv"), &[""; 0]),
            "reassign apply x.csv --region MY --yes"
        );
        let instead = ["--region", "SG"];
        assert_eq!(
            program.continued(Path::new("my.xlsx"), Path::new("x.csv"), &instead),
            "reassign apply x.csv --yes --region SG"
        );
    }

    #[test]
    fn a_command_is_repeated_with_options_in_the_place_of_former_ones() {
        let args = [
            "reassign",
            "apply",
            "a.csv",
            "--assignee",
            "Boss",
            "--identifier=X",
            "--yes",
        ]
        .map(OsString::from);
        let fix = ["--assignee", "Owner", "--identifier", "Phone", "--yes"].map(OsString::from);
        assert_eq!(
            Program::called(&args).again(fix.to_vec()),
            "reassign apply a.csv --assignee Owner --identifier Phone --yes"
        );
    }
}
