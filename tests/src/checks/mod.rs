//! What must be seen of a server, whatever it listens on: `attacks` and `programs`
//! look at it on the examples, `matrix` on every kind of source.

pub mod accepting;
pub mod addresses;
pub mod cap;
pub mod crowds;
pub mod descriptors;
pub mod failures;
pub mod fairness;
pub mod flood;
pub mod interruptions;
pub mod limits;
pub mod many;
pub mod stopped;
pub mod urgent;
