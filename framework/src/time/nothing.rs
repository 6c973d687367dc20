use std::io;

use mio::event::Source;
use mio::{Interest, Registry, Token};

/// What a source that the system does not know is to the poll, which has nothing to say about it.
#[derive(Debug, Default)]
pub(crate) struct Nothing;

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
