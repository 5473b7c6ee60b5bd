//! Why a sheet as a whole cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use super::Format;

/// Why a sheet as a whole cannot be read. Each message names the file and the way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file.
    #[error("there is no file `{}`; {}", .path.display(), nearest(.path))]
    Missing {
        /// The path as it was given.
        path: PathBuf,
    },
    /// The user may not read it.
    #[error("`{}` may not be read by you; change its permissions, or copy it to a folder of yours", .path.display())]
    NotPermitted {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A folder, a device or a pipe.
    #[error("`{}` is {found}, not a file; name the sheet itself", .path.display())]
    NotAFile {
        /// The path as it was given.
        path: PathBuf,
        /// What it is, with an article.
        found: &'static str,
    },
    /// No bytes, or nothing but a byte-order mark.
    #[error("`{}` is empty; export the sheet again", .path.display())]
    Empty {
        /// The path as it was given.
        path: PathBuf,
    },
    /// Reading failed.
    #[error("`{}` could not be read", .path.display())]
    Io {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Text in an encoding that cannot be read.
    #[error(
        "the accents of `{}` look like those of {what}, which would be read as other letters; save it as \
         `CSV UTF-8`, or add `--encoding windows-1252` if its names do not matter",
        .path.display()
    )]
    CodePage {
        /// The path as it was given.
        path: PathBuf,
        /// What the encoding is called.
        what: &'static str,
    },
    /// Something else than a sheet.
    #[error(
        "`{}` is {found}, whatever its name says; open it in a spreadsheet program and save it as `.xlsx` or `CSV UTF-8`",
        .path.display()
    )]
    NotASheet {
        /// The path as it was given.
        path: PathBuf,
        /// What it is, with an article.
        found: &'static str,
    },
    /// Password-protected.
    #[error("`{}` is password-protected; save it without a password", .path.display())]
    Encrypted {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A sheet was named, but the file is text.
    #[error("`{}` is a text file, which has no sheets to choose from; leave out the sheet's name `{wanted}`", .path.display())]
    NoSheets {
        /// The path as it was given.
        path: PathBuf,
        /// The name asked for.
        wanted: String,
    },
    /// A delimiter or encoding was named, but the file is a workbook.
    #[error("`{}` is a workbook ({format}), which has no {option}; leave that option out", .path.display())]
    NotText {
        /// The path as it was given.
        path: PathBuf,
        /// What it is.
        format: Format,
        /// The option that does not apply: `delimiter` or `encoding`.
        option: &'static str,
    },
    /// No sheet of that name.
    #[error("`{}` has no sheet named `{wanted}` (it has: {})", .path.display(), list(.found))]
    NoSuchSheet {
        /// The path as it was given.
        path: PathBuf,
        /// The name asked for.
        wanted: String,
        /// The names there are, hidden sheets included.
        found: Vec<String>,
    },
    /// Several visible sheets have cells.
    #[error("`{}` has several sheets ({}); name the right one with `--sheet`", .path.display(), list(.found))]
    SeveralSheets {
        /// The path as it was given.
        path: PathBuf,
        /// The visible sheets with cells.
        found: Vec<String>,
    },
    /// No visible sheet has a cell.
    #[error("`{}` has no visible sheet with anything in it (hidden: {}); show the sheet, or name it with `--sheet`",
        .path.display(), if .hidden.is_empty() { "none".to_owned() } else { list(.hidden) })]
    NothingVisible {
        /// The path as it was given.
        path: PathBuf,
        /// The hidden sheets, with or without cells.
        hidden: Vec<String>,
    },
    /// The workbook does not make sense to the reading engine.
    #[error("`{}` is damaged: {detail}; open it in a spreadsheet program and save it again", .path.display())]
    Damaged {
        /// The path as it was given.
        path: PathBuf,
        /// What is wrong, in one line.
        detail: String,
    },
    /// A limit was exceeded.
    #[error("`{}` has more than {limit}; split it into several files", .path.display())]
    TooLarge {
        /// The path as it was given.
        path: PathBuf,
        /// The limit, with its unit.
        limit: String,
    },
    /// Reading took too long.
    #[error("`{}` could not be read within {seconds} seconds; save it as `CSV UTF-8` and use that", .path.display())]
    TookTooLong {
        /// The path as it was given.
        path: PathBuf,
        /// The time it had.
        seconds: u64,
    },
    /// The process that reads the workbook died.
    #[error("`{}` made the reading process fail ({detail}); save it as `CSV UTF-8` and use that", .path.display())]
    ReaderDied {
        /// The path as it was given.
        path: PathBuf,
        /// How it ended.
        detail: String,
    },
    /// The file is not what it was.
    #[error("`{}` was changed while it was being read; close it in other programs and start again", .path.display())]
    Changed {
        /// The path as it was given.
        path: PathBuf,
    },
}

impl Error {
    /// What a failure to open or read `path` means.
    pub(super) fn io(path: &Path, source: io::Error) -> Error {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::Missing { path },
            io::ErrorKind::PermissionDenied => Error::NotPermitted { path },
            io::ErrorKind::IsADirectory => Error::NotAFile {
                path,
                found: "a folder",
            },
            _ => Error::Io { path, source },
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
