//! Every answer that is not 200.

use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::scenario::ErrorStatus;
use super::wire;

/// Why a request is not answered with 200.
#[derive(Debug)]
pub(super) enum ErrorAnswer {
    /// 400, with a sentence that says what is wrong.
    Validation(String),
    /// 421: the request is addressed to somebody else.
    Misdirected,
    /// 401.
    Unauthorized,
    /// 404 for a contact.
    NoContact,
    /// 404 for a user.
    NoUser,
    /// 404 for a path that the API does not have.
    NoPath,
    /// 405.
    NoMethod,
    /// 408: the body did not arrive in time.
    Slow,
    /// 413: the body is longer than the limit in bytes.
    TooLarge { limit: usize },
    /// As a scenario or a fault has it, with the wait that `Retry-After` tells.
    Told {
        status: ErrorStatus,
        retry_after: Option<Duration>,
    },
    /// 500, because the database refused.
    Database(rusqlite::Error),
    /// 500, because the assignments could not be written as CSV.
    Csv(csv::Error),
}

impl ErrorAnswer {
    fn status(&self) -> StatusCode {
        match self {
            ErrorAnswer::Validation(_) => StatusCode::BAD_REQUEST,
            ErrorAnswer::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            ErrorAnswer::Unauthorized => StatusCode::UNAUTHORIZED,
            ErrorAnswer::NoContact | ErrorAnswer::NoUser | ErrorAnswer::NoPath => {
                StatusCode::NOT_FOUND
            }
            ErrorAnswer::NoMethod => StatusCode::METHOD_NOT_ALLOWED,
            ErrorAnswer::Slow => StatusCode::REQUEST_TIMEOUT,
            ErrorAnswer::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorAnswer::Told { status, .. } => {
                StatusCode::from_u16(status.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            ErrorAnswer::Database(_) | ErrorAnswer::Csv(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Messages as the contract has them; where it is silent, in its manner.
impl fmt::Display for ErrorAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorAnswer::Validation(detail) => write!(f, "Validation error. {detail}"),
            ErrorAnswer::Misdirected => f.write_str(
                "This sandbox is for this computer: `Host` must be localhost or a loopback address",
            ),
            ErrorAnswer::Unauthorized => f.write_str("UN_AUTHORIZED"),
            ErrorAnswer::NoContact => f.write_str("Contact not found"),
            ErrorAnswer::NoUser => f.write_str("User not found"),
            ErrorAnswer::NoPath => f.write_str("Path not found"),
            ErrorAnswer::NoMethod => f.write_str("Method not allowed"),
            ErrorAnswer::Slow => f.write_str("The request's body did not arrive in time"),
            ErrorAnswer::TooLarge { limit } => {
                write!(f, "The request's body is longer than {limit} bytes")
            }
            ErrorAnswer::Told { status, .. } => f.write_str(status.message()),
            ErrorAnswer::Database(error) => write!(
                f,
                "Unexpected error occurred: the sandbox's database says: {error}"
            ),
            ErrorAnswer::Csv(error) => write!(
                f,
                "Unexpected error occurred: the assignments cannot be written: {error}"
            ),
        }
    }
}

impl From<ErrorStatus> for ErrorAnswer {
    fn from(status: ErrorStatus) -> ErrorAnswer {
        ErrorAnswer::Told {
            status,
            retry_after: None,
        }
    }
}

impl From<rusqlite::Error> for ErrorAnswer {
    fn from(error: rusqlite::Error) -> ErrorAnswer {
        ErrorAnswer::Database(error)
    }
}

impl IntoResponse for ErrorAnswer {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = wire::Error {
            code: status.as_u16(),
            message: self.to_string(),
        };
        let mut response = (status, Json(body)).into_response();
        if let ErrorAnswer::Told {
            retry_after: Some(retry_after),
            ..
        } = self
            && let Ok(value) = HeaderValue::from_str(&seconds(retry_after))
        {
            response.headers_mut().insert(RETRY_AFTER, value);
        }
        response
    }
}

/// As whole seconds, or with three places.
fn seconds(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => duration.as_secs().to_string(),
        milliseconds => format!("{}.{milliseconds:03}", duration.as_secs()),
    }
}
