//! The guide server without the macro: what `#[handlers]` writes, by hand.

use std::io::{self, Write, stdout};
use std::net::SocketAddr;

use miocene::mio::event::Source;
use miocene::net::{TcpListener, TcpStream};
use miocene::table::{Entry, slot};
use miocene::{Context, Drain, EventLoop, Handlers, Input, Outcome, Readiness, Token, drain};

const SERVER: Token = Token(0);

pub struct Guide {
    pub server: TcpListener,
}

impl Guide {
    pub fn bind(address: &str) -> miocene::Result<Guide> {
        let server = TcpListener::bind(address)?;
        Ok(Guide { server })
    }

    fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) -> io::Result<()> {
        writeln!(stdout(), "Got a connection from: {address}")
    }
}

impl Handlers for Guide {
    const TABLE: &'static [Entry] =
        &[Entry::items("accept", "SERVER", SERVER, "self.server").at(file!(), line!())];

    fn source(&mut self, token: Token) -> Option<&mut dyn Source> {
        match token {
            SERVER => Some(self.server.source()),
            _ => None,
        }
    }

    fn dispatch(
        &mut self,
        cx: &mut Context<'_>,
        input: &mut Input,
        token: Token,
        ready: Readiness,
    ) {
        match token {
            SERVER => drain::items(
                self,
                cx,
                input,
                const { slot::<Self>(SERVER) },
                ready,
                |app| &mut app.server,
                |app, _cx, item| app.accept(item).outcome(),
            ),
            _ => cx.unknown(token),
        }
    }
}

fn main() -> miocene::Result<()> {
    let address = std::env::args().nth(1);
    let mut guide = Guide::bind(address.as_deref().unwrap_or("127.0.0.1:9000"))?;
    let _ = writeln!(stdout(), "listening on {}", guide.server.local_addr()?);
    EventLoop::new()?.run(&mut guide)
}
