//! Nothing but a test: see `tests/simulated.rs`.
