//! Connections: accepted, bounded, ended.
//!
//! axum can only answer. To close a connection without an answer, which is what a broken network looks like, a
//! response marked [`Hangup`] becomes an error of the service, upon which hyper closes the connection.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tower_service::Service as _;

use super::Sandbox;
use super::gate::Gate;
use super::hangup::{Hangup, stopped};
use super::routes::{Service, router};
use super::slow_client::Patient;

/// Connections at once; further ones wait until one ends.
const CONNECTIONS: usize = 1024;

/// Bytes that a request's header may have.
const LARGEST_HEADER: usize = 64 * 1024;

/// Lines that a request's header may have.
const HEADER_LINES: usize = 100;

/// How long, beyond the latency, requests in flight may take to end once the server is to end.
const GRACE: Duration = Duration::from_secs(2);

/// How long to wait after the system refused a connection, as when no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves `sandbox` on `listener` until `shutdown` completes; then lets requests in flight end, but not for long.
///
/// # Errors
///
/// When the listener has no address. A connection that breaks concerns its client only.
pub async fn serve(
    listener: TcpListener,
    sandbox: impl Into<Arc<Sandbox>>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_at_most(CONNECTIONS, listener, sandbox, shutdown).await
}

/// [`serve`] with a number of connections at once, from 1.
pub(super) async fn serve_at_most(
    connections: usize,
    listener: TcpListener,
    sandbox: impl Into<Arc<Sandbox>>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let sandbox = sandbox.into();
    let origin = format!("http://{}", listener.local_addr()?);
    let grace = sandbox.options.latency.saturating_add(GRACE);
    let patience = sandbox.options.patience;
    let (stop, stopping) = watch::channel(false);
    let gate = Gate::new(sandbox.options.scenario.clone(), Instant::now().into_std());
    let router = router(&Arc::new(Service {
        sandbox,
        gate: Mutex::new(gate),
        origin,
        stopping: stopping.clone(),
    }));

    let slots = Arc::new(Semaphore::new(connections));
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {} // so that ended connections do not pile up
            accepted = accept(&listener, &slots) => match accepted {
                Ok((stream, slot)) => {
                    let stream = Patient::new(stream, patience);
                    connections.spawn(connection(stream, patience, router.clone(), stopping.clone(), slot));
                }
                // The peer was gone already, or the system is short of something: neither ends the server.
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    stop.send_replace(true);
    let ended = timeout(grace, async {
        while connections.join_next().await.is_some() {}
    })
    .await;
    if ended.is_err() {
        connections.shutdown().await;
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, slot))
}

async fn connection(
    stream: Patient,
    patience: Duration,
    router: Router,
    mut stopping: watch::Receiver<bool>,
    slot: OwnedSemaphorePermit,
) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = router.clone().call(request);
        async {
            match response.await {
                Ok(response) if response.extensions().get::<Hangup>().is_some() => Err(Hangup),
                Ok(response) => Ok(response),
                Err(never) => {
                    let never: Infallible = never;
                    match never {}
                }
            }
        }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience)
            .max_buf_size(LARGEST_HEADER)
            .max_headers(HEADER_LINES)
            .serve_connection(TokioIo::new(stream), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // How it ended concerns its client only, who has seen it; a hangup ends with an error on purpose.
    drop(ended);
    drop(slot);
}
