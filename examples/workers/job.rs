//! What is to be done, and for whom.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use miocene::{Remote, RemoteError};

/// A number to be worked on for a connection, which may be gone when it is done.
///
/// All jobs of a connection have one remote handle, and so has the connection as long
/// as more may come from it. Who is the last to have it, closes.
pub struct Job {
    pub number: u64,
    pub asker: Arc<Remote>,
}

impl Job {
    /// Whether nobody would read the answer.
    pub fn is_unwanted(&self) -> bool {
        self.asker.is_gone()
    }

    /// Answers, if the connection is still there.
    pub fn answer(self, text: &str) {
        let line = format!("{} {text}\n", self.number);
        post(|| self.asker.send(line.as_bytes()));
        if let Some(asker) = Arc::into_inner(self.asker) {
            post(|| asker.close());
        }
    }
}

/// Has the loop do something; waits while very many wait for that already, and leaves
/// it if the connection is gone. Not for the loop's own thread.
fn post(ask: impl Fn() -> Result<(), RemoteError>) {
    const A_MOMENT: Duration = Duration::from_millis(1);

    while let Err(RemoteError::Full) = ask() {
        thread::sleep(A_MOMENT);
    }
}
