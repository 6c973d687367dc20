//! The threads, as the test plays them.

use std::sync::Arc;
use std::sync::mpsc;

use miocene::sim::{App, Sim};
use miocene::{Sender, channel};

use crate::ADDRESS;
use crate::program::job::Job;
use crate::program::pool::{Counts, Desk};
use crate::program::server::Workers;

/// The threads, and the queue that they take jobs from.
pub struct Threads {
    queue: mpsc::Receiver<Job>,
    room: Sender<()>,
    count: usize,
    /// What they are at work on.
    pub taken: Vec<Job>,
    /// The numbers that were taken, in that order.
    pub order: Vec<u64>,
    /// How many were answered after their asker had gone.
    pub late: usize,
}

pub fn start(sim: &Sim, queue: usize, count: usize) -> (App<Workers>, Threads) {
    let (jobs, taken_from) = mpsc::sync_channel(queue);
    let (room, told) = channel(1);
    let desk = Desk {
        jobs,
        room: told,
        counts: Arc::new(Counts::default()),
    };
    let workers = sim.start(Workers::bind(ADDRESS, desk).unwrap());
    let threads = Threads {
        queue: taken_from,
        room,
        count,
        taken: Vec::new(),
        order: Vec::new(),
        late: 0,
    };
    (workers, threads)
}

pub fn answer_to(number: u64) -> String {
    (number * number + 1).to_string()
}

impl Threads {
    /// Takes a job, if a thread is free and there is one, and tells of the room.
    pub fn take(&mut self) -> bool {
        let takes = self.take_in_silence();
        if takes {
            self.tell();
        }
        takes
    }

    pub fn take_in_silence(&mut self) -> bool {
        if self.taken.len() == self.count {
            return false;
        }
        let Ok(job) = self.queue.try_recv() else {
            return false;
        };
        self.order.push(job.number);
        self.taken.push(job);
        true
    }

    pub fn tell(&self) {
        // If it was told already, the loop has yet to look.
        let _ = self.room.try_send(());
    }

    /// One of the jobs is done.
    pub fn answer(&mut self, sim: &Sim) -> bool {
        if self.taken.is_empty() {
            return false;
        }
        let job = self
            .taken
            .swap_remove(sim.draw(self.taken.len() as u64) as usize);
        self.late += usize::from(job.is_unwanted());
        let text = answer_to(job.number);
        job.answer(&text);
        true
    }

    pub fn work(&mut self, sim: &Sim) -> bool {
        match sim.draw(2) {
            0 => self.take() || self.answer(sim),
            _ => self.answer(sim) || self.take(),
        }
    }
}
