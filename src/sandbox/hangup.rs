//! Answers that never come, and the end of the server.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;

/// Marks a response that is never sent: the connection is closed instead.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("closed without an answer, on purpose")]
pub(super) struct Hangup;

impl IntoResponse for Hangup {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

/// Completes once the server is to end.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which ends the wait just as well.
    stopping.wait_for(|stopping| *stopping).await.ok();
}
