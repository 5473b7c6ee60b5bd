//! The body of a request, bounded in size and time.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::error_answer::ErrorAnswer;

/// Bytes that a body may have.
pub(super) const LIMIT: usize = 64 * 1024;

/// Reads a body that says it is JSON, and is, and arrives within `patience`.
pub(super) async fn json<Body: DeserializeOwned>(
    request: Request,
    patience: Duration,
) -> Result<Body, ErrorAnswer> {
    let says_json = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"));
    if !says_json {
        return Err(ErrorAnswer::Validation(
            "The header `Content-Type` must be `application/json`.".to_owned(),
        ));
    }
    let bytes = timeout(patience, Bytes::from_request(request, &()))
        .await
        .map_err(|_| ErrorAnswer::Slow)?;
    let bytes = bytes.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            ErrorAnswer::TooLarge { limit: LIMIT }
        }
        other => ErrorAnswer::Validation(format!("The body cannot be read: {other}.")),
    })?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ErrorAnswer::Validation(format!("The body does not fit: {error}.")))
}
