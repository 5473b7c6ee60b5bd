//! Commands as a person would type them.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::platform::quoted;
use crate::refusal::Offer;

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
        self.command(args)
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
        let mut line = quoted(&self.name);
        for arg in args {
            line.push(' ');
            line.push_str(&quoted(arg.as_ref()));
        }
        line
    }
}

fn is_option(arg: &OsStr) -> bool {
    arg.to_string_lossy().starts_with('-') && arg != "-"
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
