//! A simulated system, for tests: the application, its loop and its dispatch are
//! those of production; the sockets, the network and the clock are a model.
#![doc = include_str!("../../docs/testing.md")]

mod app;
mod batch;
mod choices;
mod faults;
mod handle;
mod hostile;
mod inspect;
mod invariant;
mod listening;
mod oracle;
mod panics;
mod peer;
mod property;
mod report;
mod running;
mod script;
mod seeds;
mod shrink;
mod simulation;
mod site;
mod sockets;
mod stage;
mod stall;
mod surroundings;
pub(crate) mod system;
mod twin;
mod world;

pub use app::App;
pub use faults::Faults;
pub(crate) use handle::Handle;
pub use hostile::Hostile;
#[doc(hidden)]
pub use inspect::Inspection;
pub(crate) use inspect::Left;
pub use listening::Listening;
pub use peer::Peer;
pub use running::Outcome;
pub use seeds::Seeds;
pub use simulation::Sim;
pub use stage::Stage;
pub use stall::run_until;
pub use twin::{Queue, Twin};
