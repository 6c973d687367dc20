use miocene::mio::net::TcpStream;
use miocene::{Token, handlers};

const LINES: Token = Token(0);

struct Lines(TcpStream);

struct App<'a> {
    lines: Lines,
    last: &'a [u8],
}

impl miocene::Drain for Lines {
    type Item<'b> = &'b [u8];

    fn source(&mut self) -> &mut dyn miocene::mio::event::Source {
        &mut self.0
    }

    fn next<'b>(&mut self, _: &'b mut miocene::Input) -> std::io::Result<miocene::Next<&'b [u8]>> {
        Ok(miocene::Next::Dry)
    }
}

#[handlers]
impl<'a> App<'a> {
    #[handler(token = LINES)]
    fn line(&mut self, line: &'a [u8]) {
        self.last = line;
    }
}

fn main() {}
