//! Tests of the messages of `#[handlers]`; see `tests/ui.rs`.
