//! Time as a source: what becomes due is an item.

mod alarm;
mod interval;
mod lists;
mod moment;
mod ticks;
mod timers;
mod wheel;

pub use alarm::Alarm;
pub use interval::{Interval, Missed, Tick};
pub use timers::{TimerId, Timers};
