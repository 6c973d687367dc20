//! Threads that take jobs from one queue.

use std::io;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use miocene::{Context, Receiver, Sender, channel};

use super::job::Job;

/// So many jobs wait for a thread; then askers wait, too.
pub const QUEUE: usize = 64;

/// What a loop has of a pool. With the last one the pool has nothing more to do.
pub struct Desk {
    /// Where jobs are handed in.
    pub jobs: SyncSender<Job>,
    /// Told whenever there is room for a job again.
    pub room: Receiver<()>,
    pub counts: Arc<Counts>,
}

impl Desk {
    /// Hands a job in. It is given back if there is no room for it.
    pub fn hand_in(&self, cx: &mut Context<'_>, job: Job) -> Option<Job> {
        match self.jobs.try_send(job) {
            Ok(()) => None,
            Err(TrySendError::Full(job)) => Some(job),
            Err(TrySendError::Disconnected(_)) => {
                cx.fail("the threads are gone");
                None
            }
        }
    }
}

/// What has become of jobs.
#[derive(Default)]
pub struct Counts {
    pub done: AtomicU64,
    /// Left, because the asker had gone.
    pub skipped: AtomicU64,
    /// The work panicked.
    pub failed: AtomicU64,
}

pub struct Pool {
    threads: Vec<JoinHandle<()>>,
}

/// What all threads of a pool have.
#[derive(Clone)]
struct Bench {
    jobs: Arc<Mutex<mpsc::Receiver<Job>>>,
    room: Sender<()>,
    counts: Arc<Counts>,
    work: fn(u64) -> u64,
}

impl Pool {
    /// Starts the threads, at least one. They end when the desk is dropped and its jobs
    /// are done.
    pub fn start(threads: usize, work: fn(u64) -> u64) -> io::Result<(Pool, Desk)> {
        let (jobs, queue) = mpsc::sync_channel(QUEUE);
        // One message says it all: whoever takes it looks for all the room that there is.
        let (room, told) = channel(1);
        let counts = Arc::new(Counts::default());
        let bench = Bench {
            jobs: Arc::new(Mutex::new(queue)),
            room,
            counts: Arc::clone(&counts),
            work,
        };
        let threads = (0..threads.max(1)).map(|number| {
            let bench = bench.clone();
            let thread = thread::Builder::new().name(format!("worker {number}"));
            thread.spawn(move || bench.work_off())
        });
        let threads = threads.collect::<io::Result<_>>()?;
        let desk = Desk {
            jobs,
            room: told,
            counts,
        };
        Ok((Pool { threads }, desk))
    }

    /// Waits for the threads to end.
    pub fn join(self) {
        for thread in self.threads {
            // What panics in the work is caught there.
            let _ = thread.join();
        }
    }
}

impl Bench {
    fn work_off(&self) {
        while let Some(job) = self.next_job() {
            // If it is full, the loop has yet to look, and finds this room as well.
            let _ = self.room.try_send(());
            self.work_on(job);
        }
    }

    fn next_job(&self) -> Option<Job> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.recv().ok()
    }

    /// A panic costs this job, not the thread; the asker is told.
    fn work_on(&self, job: Job) {
        if job.is_unwanted() {
            self.counts.skipped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let number = job.number;
        match panic::catch_unwind(|| (self.work)(number)) {
            Ok(result) => {
                self.counts.done.fetch_add(1, Ordering::Relaxed);
                job.answer(&result.to_string());
            }
            Err(_) => {
                self.counts.failed.fetch_add(1, Ordering::Relaxed);
                job.answer("error");
            }
        }
    }
}
