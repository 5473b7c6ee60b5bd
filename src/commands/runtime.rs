//! Where the runtimes of commands are made.

use std::io;

use tokio::runtime::Runtime;

/// A runtime for a command that waits for others.
pub(super) fn runtime() -> io::Result<Runtime> {
    #[cfg(test)]
    if let Some(runtime) = crate::test_world::runtime() {
        return runtime;
    }
    Runtime::new()
}
