/// Why an option's value could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A region that is not in the numbering plans.
    #[error("`{text}` is not a known region; use a two-letter country code such as `MY` or `GB`{}", did_you_mean(.nearest.as_deref()))]
    UnknownRegion {
        /// The text as it was given.
        text: String,
        /// The code of the region that was probably meant.
        nearest: Option<String>,
    },
    /// Neither `id` nor `phone`.
    #[error("`{0}` does not say what bare digits are; use `id` or `phone`")]
    UnknownBareDigits(String),
    /// Neither `international` nor `national`.
    #[error(
        "`{0}` does not say how bare phone numbers are written; use `international` or `national`"
    )]
    UnknownBarePhones(String),
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |region| format!("; did you mean `{region}`?"))
}
