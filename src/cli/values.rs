//! How values of options are read: numbers, times, names of files.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PathBufValueParser, TypedValueParser};
use jiff::Zoned;

/// A number of things, or the number of one, from 1 on.
pub(super) fn at_least_one<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| "write a whole number from 1 on".to_owned())
}

/// A number of things, or the number of one, from 0 on.
pub(super) fn whole_number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "write a whole number".to_owned())
}

/// The name of a file to write, with today's date in the place of `{date}`.
pub(super) fn output_name() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().map(|path| match path.to_str() {
        Some(name) => name
            .replace("{date}", &Zoned::now().date().to_string())
            .into(),
        None => path,
    })
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "write a time like 30s, 200ms or 5m".to_owned())?;
    Duration::try_from(span).map_err(|_| "a time cannot be negative".to_owned())
}

/// How long something may take that takes some time.
pub(super) fn time_above_zero(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("write a time above zero, like 30s or 200ms".to_owned()),
        time => Ok(time),
    }
}
