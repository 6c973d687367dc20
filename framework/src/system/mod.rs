//! What the loop and its sockets stand on: mio and the clock of the system.
//!
//! With the feature `sim` each of these names is something that is either that,
//! or its model in the simulated world of the thread. Without it, there is
//! nothing here but names.

#[cfg(not(feature = "sim"))]
mod plain;
mod real;
#[cfg(unix)]
pub(crate) mod unix_path;

#[cfg(feature = "sim")]
pub(crate) use crate::sim::system::*;
#[cfg(not(feature = "sim"))]
pub(crate) use {plain::*, real::*};

#[cfg(feature = "sim")]
pub(crate) mod production {
    pub(crate) use super::real::*;
}
