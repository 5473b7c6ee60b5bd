//! Where the runtimes of commands are made.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// A runtime with a server in it, which has every processor.
pub(super) fn for_a_server() -> io::Result<Runtime> {
    made(&mut Builder::new_multi_thread())
}

/// A runtime for a command that waits for others: one thread is enough for all that is under way, and threads that wake
/// each other take as much time again as the requests.
pub(super) fn for_a_client() -> io::Result<Runtime> {
    made(Builder::new_multi_thread().worker_threads(1))
}

fn made(of: &mut Builder) -> io::Result<Runtime> {
    #[cfg(test)]
    if let Some(runtime) = crate::test_world::runtime() {
        return runtime;
    }
    of.enable_all().build()
}
