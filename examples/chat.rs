// A chat of lines: the first line of a guest is its name, and each later one
// reaches the others as `name: line`. A guest who does not read is dropped at the
// hard cap of what is unsent to it; the others are served meanwhile.
//
//     cargo run --release --example chat [ADDRESS]
//
// In other terminals: `nc 127.0.0.1 7000`.

use std::fmt;
use std::io::{Write, stdout};
use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Closed, Connection, Ended, EventLoop, Family, Flow, Lines, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const GUESTS: Tokens = Tokens::new(1);

/// A connection, with the name that its first line gives it.
pub type Guest = Connection<Lines, Option<String>>;

pub struct Chat {
    pub server: TcpListener,
    pub guests: Family<Guest>,
}

impl Chat {
    pub fn bind(address: &str) -> miocene::Result<Chat> {
        let server = TcpListener::bind(address)?;
        // One may listen for an hour without a word; a line has 1 KiB.
        let guests = Family::new(GUESTS)
            .idle(Duration::from_secs(3600))
            .frame(1024);
        Ok(Chat { server, guests })
    }
}

#[handlers]
impl Chat {
    #[handler(token = SERVER, fills = GUESTS)]
    fn accept(&mut self, (stream, _address): (TcpStream, SocketAddr)) {
        self.guests.insert(Connection::new(stream));
    }

    #[handler(tokens = GUESTS)]
    fn line(&mut self, guest: &mut Guest, line: &str) {
        match &guest.state {
            Some(name) => self.tell(format_args!("{name}: {line}")),
            None => {
                self.tell(format_args!("{line} has come"));
                guest.state = Some(line.to_owned());
            }
        }
    }

    // A line that is too long, or no text: the guest is told before it goes.
    #[ended(tokens = GUESTS)]
    fn ended(&mut self, guest: &mut Guest, why: Ended) -> Flow {
        if !matches!(why, Ended::Eof) {
            writeln!(guest.out, "goodbye: {why}");
        }
        Flow::Close
    }

    #[closed(tokens = GUESTS)]
    fn closed(&mut self, guest: Guest, why: Closed) {
        if let Some(name) = guest.state {
            self.tell(format_args!("{name} has gone: {why}"));
        }
    }

    /// Tells all but the guest whose handler is running.
    fn tell(&mut self, text: fmt::Arguments<'_>) {
        for other in self.guests.iter_mut() {
            writeln!(other.out, "{text}");
        }
    }
}

fn main() -> miocene::Result<()> {
    let address = std::env::args().nth(1);
    let mut chat = Chat::bind(address.as_deref().unwrap_or("127.0.0.1:7000"))?;
    let _ = writeln!(stdout(), "listening on {}", chat.server.local_addr()?);
    EventLoop::new()?.run(&mut chat)
}
