//! The application: two families, and each member knows its counterpart in the
//! other one.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Bytes, Closed, Connection, Context, Ended, Family, Flow, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);
const UPSTREAMS: Tokens = Tokens::new(2);

/// How many clients are served at once; each takes two descriptors, and most
/// systems allow a process 1,024.
const CLIENTS_AT_ONCE: usize = 500;

/// How much may be unsent to one end: above it the other one is not read, until all
/// of it has been sent. One read brings 64 KiB at the most.
const HIGH: usize = 64 * 1024;

/// Never reached. It is also the high mark of the families: an end that does not read
/// would not be read itself at that, and those that wait for each other to read
/// would do so for ever.
const CAP: usize = 256 * 1024;

/// How long one end may be silent while nothing can be sent to it.
const IDLE: Duration = Duration::from_secs(600);

/// What an end knows: its counterpart, and whose link it is.
pub struct Link {
    pub other: Token,
    pub client: SocketAddr,
}

/// One end of a link.
pub type End = Connection<Bytes, Link>;

pub struct Proxy {
    pub server: TcpListener,
    pub clients: Family<End>,
    pub upstreams: Family<End>,
    pub upstream: SocketAddr,
    /// How much may be unsent to one end while the other one is read.
    pub high: usize,
    /// Is told of each upstream that could not be had.
    pub log: Box<dyn FnMut(&str)>,
}

impl Proxy {
    pub fn bind(
        listen: &str,
        upstream: SocketAddr,
        log: impl FnMut(&str) + 'static,
    ) -> miocene::Result<Proxy> {
        let family = |tokens| {
            Family::new(tokens)
                .cap(CLIENTS_AT_ONCE)
                .unsent(0, CAP, CAP)
                .idle(IDLE)
        };
        Ok(Proxy {
            server: TcpListener::bind(listen)?,
            clients: family(CLIENTS),
            upstreams: family(UPSTREAMS),
            upstream,
            high: HIGH,
            log: Box::new(log),
        })
    }
}

#[handlers]
impl Proxy {
    // Nobody is accepted for whom there is no room on both sides.
    #[handler(token = SERVER, fills = [CLIENTS, UPSTREAMS])]
    fn accept(&mut self, (stream, address): (TcpStream, SocketAddr)) {
        passes_at_once(&stream);
        // Its counterpart comes right after it.
        let link = |other| Link {
            other,
            client: address,
        };
        let client = Connection::with_state(stream, link(SERVER));
        let client = self.clients.insert(client);
        let upstream = self.upstreams.connect(self.upstream, link(client));
        if let Some(client) = self.clients.get_mut(client) {
            client.state.other = upstream;
        }
    }

    #[opened(tokens = UPSTREAMS)]
    fn connected(&mut self, upstream: &mut End) {
        passes_at_once(upstream.stream());
    }

    // What comes before the upstream is connected waits in its outbox.
    #[handler(tokens = CLIENTS)]
    fn asked(&mut self, client: &mut End, bytes: &[u8]) -> Flow {
        pass_on(bytes, self.upstreams.get_mut(client.state.other), self.high)
    }

    #[handler(tokens = UPSTREAMS)]
    fn answered(&mut self, upstream: &mut End, bytes: &[u8]) -> Flow {
        pass_on(bytes, self.clients.get_mut(upstream.state.other), self.high)
    }

    // Called when all that was sent has left. The system holds much of it then, so
    // nobody waits for what comes next.
    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn client_has_room(&mut self, client: &mut End) {
        self.upstreams.resume(client.state.other);
    }

    #[handler(tokens = UPSTREAMS, interest = WRITABLE)]
    fn upstream_has_room(&mut self, upstream: &mut End) {
        self.clients.resume(upstream.state.other);
    }

    // Paused, since the silence of one that has said all means nothing: whether the
    // link is idle, the other end shows.
    #[ended(tokens = CLIENTS)]
    fn asks_no_more(&mut self, cx: &mut Context<'_>, client: &mut End, why: Ended) -> Flow {
        self.clients.pause(cx.token());
        pass_on_end(why, self.upstreams.get_mut(client.state.other))
    }

    #[ended(tokens = UPSTREAMS)]
    fn answers_no_more(&mut self, cx: &mut Context<'_>, upstream: &mut End, why: Ended) -> Flow {
        self.upstreams.pause(cx.token());
        pass_on_end(why, self.clients.get_mut(upstream.state.other))
    }

    // Whoever is left gets what is unsent to it, and then the end.
    #[closed(tokens = CLIENTS)]
    fn client_gone(&mut self, client: End, _: Closed) {
        self.upstreams.close(client.state.other);
    }

    #[closed(tokens = UPSTREAMS)]
    fn upstream_gone(&mut self, upstream: End, why: Closed) {
        let Link { other, client } = upstream.state;
        if let Closed::Connect(_) | Closed::Register(_) = why {
            (self.log)(&format!("{client}: upstream: {why}"));
        }
        self.clients.close(other);
    }
}

/// A piece is sent when it comes, and not when the one before is acknowledged: the
/// sender has decided already what goes together.
fn passes_at_once(stream: &TcpStream) {
    // Otherwise it is slower, and nothing else.
    let _ = stream.set_nodelay(true);
}

/// Sends bytes to the counterpart of whom they came from, who is not read while
/// too much is unsent.
fn pass_on(bytes: &[u8], to: Option<&mut End>, high: usize) -> Flow {
    let Some(to) = to else {
        // It is on its way out.
        return Flow::Close;
    };
    to.out.send(bytes);
    match to.out.unsent().len() > high {
        true => Flow::Pause,
        false => Flow::Continue,
    }
}

/// An end of file is passed on, and the other direction goes on until it has ended
/// as well. Whatever else ends a direction ends both.
fn pass_on_end(why: Ended, to: Option<&mut End>) -> Flow {
    match (why, to) {
        (Ended::Eof, Some(to)) => {
            to.finish();
            Flow::Continue
        }
        _ => Flow::Close,
    }
}
