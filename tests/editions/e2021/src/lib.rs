//! An application in a crate of edition 2021.
#![forbid(unsafe_code)]
#![deny(
    warnings,
    unused,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility
)]

#[path = "../../application.rs"]
pub mod application;
