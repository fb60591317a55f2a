//! The end of a server, as its connections and waiting requests see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vltava_runtime::Tasks;

/// Tells when the server stops. Cheap to clone, and to ask.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    flag: Arc<AtomicBool>,
    tasks: Tasks,
}

impl Stop {
    /// Nothing stops yet; tasks run in `tasks`.
    pub(crate) fn new(tasks: Tasks) -> Stop {
        Stop { flag: Arc::default(), tasks }
    }

    /// The scope of the server's tasks.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// Whether the stop has begun. Busy connections ask this on every turn, so it is one load.
    pub(crate) fn has_begun(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Waits for it.
    pub(crate) async fn begun(&self) {
        self.tasks.stopping().await;
    }

    /// Begins it; does not wait.
    pub(crate) fn begin(&self) {
        self.flag.store(true, Ordering::Relaxed);
        self.tasks.stop();
    }
}
