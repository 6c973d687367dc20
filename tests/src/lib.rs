//! The harness of the attacks: it starts a server as a program, does to it what
//! networks, kernels and users do to servers, and says what became of it.
//!
//! * [`program`]: the servers that are attacked, and how each is built;
//! * [`server`]: one of them running, with all that it prints;
//! * [`crowd`]: clients, and whether they were served;
//! * [`trace`]: a server under strace, which makes its system calls fail;
//! * [`tool`]: clients that are programs of others;
//! * [`process`]: a running process seen from outside;
//! * [`checks`]: what must be seen of a server, whatever it listens on;
//! * [`client`], [`swarm`]: one client and thousands, whose bytes [`oracle`] computes;
//! * [`scale`]: two sizes of everything, for the gate and for the long run;
//! * [`trouble`]: why an attack was not survived, or not made;
//! * [`report`]: the attacks by name, the table and the exit code.
//!
//! Nothing here sleeps in order that something may happen meanwhile: what is
//! waited for is a condition with a deadline ([`wait_until`]).

#![cfg(target_os = "linux")]

pub mod checks;
pub mod client;
pub mod crowd;
mod lines;
pub mod oracle;
mod place;
pub mod process;
pub mod program;
pub mod report;
pub mod scale;
pub mod server;
pub mod swarm;
pub mod tool;
pub mod trace;
pub mod trouble;
mod wait;

pub use crate::wait::wait_until;
