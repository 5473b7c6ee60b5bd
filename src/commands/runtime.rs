//! Where the runtimes of commands are made.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// A runtime with a server in it, which has every processor.
pub(super) fn for_a_server() -> io::Result<Runtime> {
    #[cfg(test)]
    if let Some(runtime) = crate::test_world::runtime() {
        return runtime;
    }
    Runtime::new()
}

/// A runtime for a command that waits for others: one thread is enough for all that is under way, and threads that wake
/// each other take as much time again as the requests.
pub(super) fn for_a_client() -> io::Result<Runtime> {
    #[cfg(test)]
    if let Some(runtime) = crate::test_world::runtime() {
        return runtime;
    }
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}
