use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// The lines that a program prints, collected by a thread.
#[derive(Debug)]
pub(crate) struct Lines {
    collected: Arc<Mutex<Vec<String>>>,
    collector: JoinHandle<()>,
}

impl Lines {
    /// Collects the first `limit` lines of `source` and then closes it.
    pub(crate) fn collect(source: impl Read + Send + 'static, limit: usize) -> Self {
        let collected = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&collected);
        let collector = thread::spawn(move || {
            for line in BufReader::new(source).lines().take(limit) {
                let Ok(line) = line else { break };
                lines
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(line);
            }
        });
        Self {
            collected,
            collector,
        }
    }

    /// Whether the source is closed, by its program or by the limit.
    pub(crate) fn are_complete(&self) -> bool {
        self.collector.is_finished()
    }

    /// Calls `look` with the lines so far.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&[String]) -> T) -> T {
        look(
            &self
                .collected
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}
