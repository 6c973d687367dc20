//! The client: one connection, which is made again whenever it is lost.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use miocene::{
    Alarm, ByteLines, Closed, Connection, Context, Ended, Family, Flow, Receiver, Token, Tokens,
    handlers,
};

use super::backlog::{Backlog, KEPT};
use super::backoff::Backoff;
use super::input::Line;

const INPUT: Token = Token(0);
const AGAIN: Token = Token(1);
const SERVER: Tokens = Tokens::new(1);

/// The longest line of the server.
pub const LINE: usize = 64 * 1024;
/// After a connection that stayed up for so long, the waits begin anew.
pub const STEADY: Duration = Duration::from_secs(10);

/// What is known of a connection.
#[derive(Default)]
pub struct Link {
    /// Since when it has been up.
    up: Option<Instant>,
    /// Why nothing more comes from the server.
    end: Option<Ended>,
}

pub type Server = Connection<ByteLines, Link>;

/// Sends the lines of its input to a server, and writes those of the server to its
/// output.
pub struct Client {
    /// Of the server; the first one is tried next.
    pub addresses: Vec<SocketAddr>,
    pub input: Receiver<Line>,
    pub server: Family<Server>,
    /// Where the lines of the server go.
    pub output: Box<dyn Write>,
    /// Where the user is told what happens.
    pub notices: Box<dyn Write>,
    pub backoff: Backoff,
    /// When to connect again.
    again: Alarm,
    backlog: Backlog,
    has_input: bool,
    /// Why the input has failed.
    failure: Option<io::Error>,
    /// Why there is no connection, while there is none.
    lost: Option<Closed>,
}

impl Client {
    /// A client that connects when its loop begins.
    pub fn new(addresses: Vec<SocketAddr>, input: Receiver<Line>) -> Client {
        // A server may be silent for as long as it likes. Its lines are read also
        // while it takes none of ours, or two who wait for each other would for ever.
        let server = Family::new(SERVER)
            .frame(LINE)
            .idle(Duration::MAX)
            .message(Duration::MAX)
            .unsent(KEPT / 2, 2 * KEPT, 4 * KEPT);
        let mut client = Client {
            addresses,
            input,
            server,
            output: Box::new(io::stdout()),
            notices: Box::new(io::stderr()),
            backoff: Backoff::new(RandomState::new().build_hasher().finish()),
            again: Alarm::new(),
            backlog: Backlog::default(),
            has_input: true,
            failure: None,
            lost: None,
        };
        client.connect();
        client
    }

    /// What is kept is sent when it is connected.
    fn connect(&mut self) {
        self.lost = None;
        let token = self.server.connect(self.addresses[0], Link::default());
        if let Some(server) = self.server.get_mut(token) {
            self.backlog.send_to(&mut server.out);
            if !self.has_input {
                server.finish();
            }
        }
    }

    /// With nothing more to be sent there is no reason to connect again.
    fn is_done(&self) -> bool {
        !self.has_input && self.backlog.is_empty()
    }

    /// Ends the loop, with an error unless all went well.
    fn end(&mut self, cx: &mut Context<'_>, why: Closed) {
        match (self.failure.take(), why) {
            (Some(error), _) => cx.fail(error),
            (None, Closed::Ended(Ended::Eof)) => cx.stop(),
            (None, why) => cx.fail(why.to_string()),
        }
    }

    fn tell(&mut self, text: fmt::Arguments<'_>) {
        // Nobody is left to be told that nobody can be told.
        let _ = writeln!(self.notices, "{text}");
    }
}

#[handlers]
impl Client {
    #[handler(token = INPUT)]
    fn typed(&mut self, line: Line) -> Flow {
        match line {
            Ok(line) => self.backlog.push(&line),
            Err(error) => self.failure = Some(error),
        }
        for server in self.server.iter_mut() {
            self.backlog.send_to(&mut server.out);
        }
        if !self.backlog.is_full() {
            return Flow::Continue;
        }
        if !self.server.iter().any(|server| server.state.up.is_some()) {
            self.tell(format_args!("no more is read until there is a server"));
        }
        Flow::Pause
    }

    #[ended(token = INPUT)]
    fn typed_all(&mut self, cx: &mut Context<'_>, _why: Ended) {
        self.has_input = false;
        for server in self.server.iter_mut() {
            server.finish();
        }
        if self.is_done() {
            if let Some(why) = self.lost.take() {
                self.end(cx, why);
            }
        }
    }

    #[handler(token = AGAIN)]
    fn waited(&mut self, _due: Instant) {
        self.connect();
    }

    #[opened(tokens = SERVER)]
    fn connected(&mut self, cx: &mut Context<'_>, server: &mut Server) {
        server.state.up = Some(cx.now());
        let address = self.addresses[0];
        self.tell(format_args!("connected to {address}"));
    }

    #[handler(tokens = SERVER)]
    fn heard(&mut self, cx: &mut Context<'_>, _server: &mut Server, line: &[u8]) {
        let written = self.output.write_all(line);
        if let Err(error) = written.and_then(|()| self.output.write_all(b"\n")) {
            cx.fail(error);
        }
    }

    #[handler(tokens = SERVER, interest = WRITABLE)]
    fn wrote(&mut self, cx: &mut Context<'_>, server: &mut Server) {
        self.backlog.written_but(server.out.unsent().len());
        cx.resume(INPUT);
    }

    /// A server that says no more gets no more, either: it may not read.
    #[ended(tokens = SERVER)]
    fn heard_all(&mut self, server: &mut Server, why: Ended) -> Flow {
        server.state.end = Some(why);
        Flow::Leave
    }

    #[closed(tokens = SERVER)]
    fn disconnected(&mut self, cx: &mut Context<'_>, server: Server, why: Closed) {
        self.backlog.written_but(server.out.unsent().len());
        self.backlog.take_back();
        let why = server.state.end.map_or(why, Closed::Ended);
        if let Closed::Stopped = why {
            return;
        }
        if self.is_done() {
            return self.end(cx, why);
        }
        match server.state.up {
            Some(up) if cx.now() - up >= STEADY => self.backoff.reset(),
            Some(_) => {}
            // Of a name with several addresses another one may answer.
            None => self.addresses.rotate_left(1),
        }
        let wait = self.backoff.next_wait();
        self.tell(format_args!("{why}; again in {} ms", wait.as_millis()));
        self.again.set_after(wait);
        self.lost = Some(why);
    }
}
