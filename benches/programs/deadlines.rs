//! What the programs with many deadlines have in common: what a run is to do.

use std::env;
use std::error::Error;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

/// How far apart the first and the last deadline are.
const SPAN: Duration = Duration::from_secs(10);

/// What a run is to do, from its five arguments: how many deadlines are drawn, how
/// many of them are set, moved and cancelled, and whether (1) their time is to
/// come.
///
/// All deadlines are drawn in advance, so that this is no difference between two
/// runs. None is before the loop that was there when this was made.
pub struct Plan {
    begin: Instant,
    deadlines: Vec<Instant>,
    set: usize,
    moved: usize,
    cancelled: usize,
    passes: bool,
}

impl Plan {
    pub fn from_arguments() -> Result<Plan, Box<dyn Error>> {
        let numbers: Result<Vec<usize>, _> = env::args().skip(1).map(|word| word.parse()).collect();
        let [drawn, set, moved, cancelled, passes] = numbers?[..] else {
            return Err("five numbers are needed".into());
        };
        let begin = Instant::now();
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let deadlines = (0..2 * drawn).map(|_| begin + SPAN.mul_f64(draw(&mut random)));
        Ok(Plan {
            begin,
            deadlines: deadlines.collect(),
            set,
            moved,
            cancelled,
            passes: passes == 1,
        })
    }

    /// What is to be set.
    pub fn set(&self) -> &[Instant] {
        &self.deadlines[..self.set]
    }

    /// To what the first ones are to be moved.
    pub fn moved(&self) -> &[Instant] {
        &self.deadlines[self.deadlines.len() / 2..][..self.moved]
    }

    /// How many of the first ones are to be cancelled.
    pub fn cancelled(&self) -> usize {
        self.cancelled
    }

    /// Waits until the time of all has come, if it is to come. However slow a run
    /// is, none has come before.
    pub fn passes(&self) -> bool {
        if self.passes {
            let end = self.begin + SPAN + Duration::from_millis(2);
            thread::sleep(end.saturating_duration_since(Instant::now()));
        }
        self.passes
    }

    /// Ends the program with what is there still there: to drop it is no part of a
    /// run.
    pub fn end(&self, fired: usize) -> ! {
        let expected = match self.passes {
            true => self.set - self.cancelled,
            false => 0,
        };
        if fired != expected {
            eprintln!("{fired} deadlines have come in place of {expected}");
        }
        process::exit(i32::from(fired != expected));
    }
}

/// A number from 0 to 1.
fn draw(random: &mut u64) -> f64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    (*random >> 11) as f64 / (1_u64 << 53) as f64
}
