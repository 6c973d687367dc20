use std::io;

use mio::event::Source;
use mio::{Interest, Registry, Token};

/// What a source of time is to the poll, which has nothing to say about it.
#[derive(Debug, Default)]
pub(super) struct Nothing;

impl Source for Nothing {
    fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        Ok(())
    }

    fn reregister(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        Ok(())
    }

    fn deregister(&mut self, _: &Registry) -> io::Result<()> {
        Ok(())
    }
}
