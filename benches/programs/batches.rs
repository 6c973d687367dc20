//! What the programs with channels have in common: what a run is to do.

use std::env;
use std::error::Error;

/// What channels have room for.
pub const CAPACITY: usize = 1024;

/// How many messages a run is to send, and how many of them before the loop
/// looks: the two arguments.
pub struct Batches {
    messages: u64,
    size: u64,
}

impl Batches {
    pub fn from_arguments() -> Result<Batches, Box<dyn Error>> {
        let numbers: Result<Vec<u64>, _> = env::args().skip(1).map(|word| word.parse()).collect();
        let [messages, size] = numbers?[..] else {
            return Err("two numbers are needed".into());
        };
        Ok(Batches { messages, size })
    }

    /// For each batch its messages.
    pub fn iter(&self) -> impl Iterator<Item = std::ops::Range<u64>> {
        let size = self.size;
        (0..self.messages / size).map(move |batch| batch * size..(batch + 1) * size)
    }

    /// Each has come once, if their sum is what it should be.
    pub fn check(&self, sum: u64) -> Result<(), Box<dyn Error>> {
        match sum == self.messages * (self.messages - 1) / 2 {
            true => Ok(()),
            false => Err("what has come is not what was sent".into()),
        }
    }
}
