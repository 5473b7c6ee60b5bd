//! Why a sheet as a whole cannot be read.

use std::path::{Path, PathBuf};
use std::{error, fmt, io};

use super::Format;

/// Why a sheet as a whole cannot be read. Each message names the file and the way out.
#[derive(Debug)]
pub struct Error {
    /// The path as it was given.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: ErrorKind,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.kind {
            ErrorKind::Missing => {
                write!(f, "there is no file `{path}`; {}", nearest(&self.path))
            }
            kind @ ErrorKind::CodePage(_) => write!(f, "the accents of `{path}` {kind}"),
            kind => write!(f, "`{path}` {kind}"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        error::Error::source(&self.kind)
    }
}

/// What is wrong with a file that cannot be read as a sheet, as said behind its name.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "most are what their sentences say")]
pub enum ErrorKind {
    #[error("is not there")]
    Missing,
    #[error("may not be read by you; change its permissions, or copy it to a folder of yours")]
    NotPermitted,
    /// A folder, a device or a pipe; named with an article.
    #[error("is {0}, not a file; name the sheet itself")]
    NotAFile(&'static str),
    /// No bytes, or nothing but a byte-order mark.
    #[error("is empty; export the sheet again")]
    Empty,
    #[error("could not be read")]
    Io(#[source] io::Error),
    /// Text in an encoding that cannot be read, and what that is called.
    #[error(
        "look like those of {0}, which would be read as other letters; save it as `CSV UTF-8`, or add `--encoding \
         windows-1252` if its names do not matter"
    )]
    CodePage(&'static str),
    /// Something else than a sheet; named with an article.
    #[error(
        "is {0}, whatever its name says; open it in a spreadsheet program and save it as `.xlsx` or `CSV UTF-8`"
    )]
    NotASheet(&'static str),
    #[error("is password-protected; save it without a password")]
    Encrypted,
    /// A sheet of this name was asked for, but the file is text.
    #[error("is a text file, which has no sheets to choose from; leave out the sheet's name `{0}`")]
    NoSheets(String),
    /// An option for text was given, but the file is a workbook.
    #[error("is a workbook ({format}), which has no {option}; leave that option out")]
    NotText {
        format: Format,
        /// The option that does not apply: `delimiter` or `encoding`.
        option: &'static str,
    },
    #[error("has no sheet named `{wanted}` (it has: {})", list(.found))]
    NoSuchSheet {
        wanted: String,
        /// The names there are, hidden sheets included.
        found: Vec<String>,
    },
    /// Several visible sheets have cells: these.
    #[error("has several sheets ({}); name the right one with `--sheet`", list(.0))]
    SeveralSheets(Vec<String>),
    /// No visible sheet has a cell; there are these hidden ones, with or without cells.
    #[error("has no visible sheet with anything in it (hidden: {}); show the sheet, or name it with `--sheet`",
        if .0.is_empty() { "none".to_owned() } else { list(.0) })]
    NothingVisible(Vec<String>),
    /// The workbook does not make sense to the reading engine; what is wrong, in one line.
    #[error("is damaged: {0}; open it in a spreadsheet program and save it again")]
    Damaged(String),
    /// A limit was exceeded, which is named with its unit.
    #[error("has more than {0}; split it into several files")]
    TooLarge(String),
    /// Reading took longer than so many seconds.
    #[error("could not be read within {0} seconds; save it as `CSV UTF-8` and use that")]
    TookTooLong(u64),
    /// The process that reads the workbook died, and how.
    #[error("made the reading process fail ({0}); save it as `CSV UTF-8` and use that")]
    ReaderDied(String),
    #[error("was changed while it was being read; close it in other programs and start again")]
    Changed,
}

impl ErrorKind {
    /// The error about this file.
    pub(crate) fn at(self, path: &Path) -> Error {
        let path = path.to_owned();
        Error { path, kind: self }
    }
}

impl From<io::Error> for ErrorKind {
    /// What a failure to open or read a file means.
    fn from(err: io::Error) -> ErrorKind {
        match err.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ErrorKind::Missing,
            io::ErrorKind::PermissionDenied => ErrorKind::NotPermitted,
            io::ErrorKind::IsADirectory => ErrorKind::NotAFile("a folder"),
            _ => ErrorKind::Io(err),
        }
    }
}

fn list(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The file that was probably meant, if one beside it has nearly that name.
fn nearest(path: &Path) -> String {
    const ALIKE: f64 = 0.85;
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let files = names.filter(|entry| entry.path().is_file());
    let alike = files.map(|entry| {
        let name = entry.file_name();
        let alike = strsim::jaro_winkler(
            &name.to_string_lossy().to_lowercase(),
            &wanted.to_lowercase(),
        );
        (alike, path.with_file_name(name))
    });
    let best = alike.max_by(|one, other| one.0.total_cmp(&other.0));
    match best.filter(|(alike, _)| *alike >= ALIKE) {
        Some((_, path)) => format!("did you mean `{}`?", path.display()),
        None => "check the path".to_owned(),
    }
}
