//! Commands as a person would type them.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::platform::quoted;
use crate::refusal::OfferedCommand;

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
        self.command(self.again_with(options))
    }

    /// The same as arguments, the program's own name in front.
    pub(super) fn called_again_with(&self, options: Vec<OsString>) -> Vec<OsString> {
        [vec![self.name.clone()], self.again_with(options)].concat()
    }

    fn again_with(&self, options: Vec<OsString>) -> Vec<OsString> {
        let mut args = self.kept(&Dropped::by(&options));
        args.extend(options);
        args
    }

    /// The command that goes on from the results of this one: they are the sheet now. The options `instead`, with their
    /// values, take the place of those of their names.
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
        // Where the first sheet's cells stand says nothing about the results, a limit has had its use, and rows that are still
        // to be done again say so.
        const DROPPED: [&str; 8] = [
            "--again",
            "--out",
            "-o",
            "--limit",
            "--sheet",
            "--header-row",
            "--delimiter",
            "--encoding",
        ];
        let instead: Vec<OsString> = instead.iter().map(|arg| arg.as_ref().to_owned()).collect();
        let mut dropped = Dropped::by(&instead);
        dropped.valued.extend(DROPPED.map(str::to_owned));
        let mut args = self.kept(&dropped);
        for arg in args.iter_mut().filter(|arg| *arg == sheet.as_os_str()) {
            *arg = results.into();
        }
        args.extend(instead.into_iter().filter(|arg| !arg.is_empty()));
        self.words(args)
    }

    /// The arguments without these options.
    fn kept(&self, dropped: &Dropped) -> Vec<OsString> {
        let mut kept = Vec::new();
        let mut rest = self.args.iter();
        while let Some(arg) = rest.next() {
            let text = arg.to_string_lossy();
            let is = |names: &[String], name: &str| names.iter().any(|known| known == name);
            // `-oFILE` and `--out=FILE` hold their values.
            let name = match text.split_once('=') {
                Some((name, _)) if is_option(arg) => name,
                _ if text.starts_with("-o") => "-o",
                _ => &text,
            };
            if is(&dropped.valued, name) {
                let _ = (name == text).then(|| rest.next());
            } else if !is(&dropped.flags, name) {
                kept.push(arg.clone());
            }
        }
        kept
    }

    /// What a refusal offers, as a command line.
    pub(super) fn offered(&self, offer: &OfferedCommand) -> String {
        match offer {
            OfferedCommand::Again(options) => self.again(options.clone()),
            OfferedCommand::On {
                instead_of,
                file,
                options,
            } => {
                let options: Vec<&OsStr> = options.iter().map(OsString::as_os_str).collect();
                self.continued(instead_of, file, &options)
            }
            OfferedCommand::Command(args) => self.command(args),
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

/// Options that give way to others.
struct Dropped {
    /// Those that a value follows.
    valued: Vec<String>,
    flags: Vec<String>,
}

impl Dropped {
    /// The options that stand for the same as these, or cannot stand beside them.
    fn by(options: &[OsString]) -> Dropped {
        let mut dropped = Dropped {
            valued: Vec::new(),
            flags: Vec::new(),
        };
        for (place, option) in options.iter().enumerate().filter(|(_, arg)| is_option(arg)) {
            let name = option.to_string_lossy().into_owned();
            let valued: &[&str] = match &*name {
                "--sandbox" => &["--base-url", "--token-file", "--token-command", "--ca-file"],
                "--base-url" => &["--sandbox-db"],
                "-o" => &["--out"],
                "--out" => &["-o"],
                _ => &[],
            };
            dropped
                .valued
                .extend(valued.iter().map(|&name| name.to_owned()));
            if name == "--base-url" {
                dropped.flags.push("--sandbox".to_owned());
            }
            let value = options.get(place + 1).filter(|value| !is_option(value));
            match value {
                Some(_) => dropped.valued.push(name),
                None => dropped.flags.push(name),
            }
        }
        dropped
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
    fn options_that_cannot_stand_beside_new_ones_give_way() {
        let args = "reassign apply a.csv --base-url http://x --yes --out b.csv --ca-file c.pem";
        let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
        let program = Program::called(&args);
        let sandbox = ["--sandbox", "-o", "d.csv"].map(OsString::from);
        assert_eq!(
            program.again(sandbox.to_vec()),
            "reassign apply a.csv --yes --sandbox -o d.csv"
        );
        let args = "reassign apply a.csv --sandbox --sandbox-db x.db --yes";
        let args: Vec<OsString> = args.split(' ').map(OsString::from).collect();
        let there = ["--base-url", "http://x"];
        assert_eq!(
            Program::called(&args).continued(Path::new("a.csv"), Path::new("b.csv"), &there),
            "reassign apply b.csv --yes --base-url http://x"
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
