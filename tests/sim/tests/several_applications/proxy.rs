//! A server that forwards to another one.

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Bytes, Closed, Connection, Ended, Family, Flow, Token, Tokens, handlers};

use crate::{ECHO, address};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);
const UPSTREAMS: Tokens = Tokens::new(2);

/// One end of what is forwarded, which knows the other.
pub type Leg = Connection<Bytes, Token>;

/// Forwards what clients send, and what is answered, each with its end.
pub struct Proxy {
    pub server: TcpListener,
    pub clients: Family<Leg>,
    pub upstreams: Family<Leg>,
}

impl Proxy {
    pub fn bind(address: &str) -> Proxy {
        Proxy {
            server: TcpListener::bind(address).unwrap(),
            clients: Family::new(CLIENTS),
            upstreams: Family::new(UPSTREAMS),
        }
    }

    fn other(&mut self, leg: Token) -> Option<&mut Leg> {
        match CLIENTS.contains(leg) {
            true => self.clients.get_mut(leg),
            false => self.upstreams.get_mut(leg),
        }
    }

    /// One direction has ended: so it does on the other side.
    fn half(&mut self, leg: &Leg, why: &Ended) -> Flow {
        match (why, self.other(leg.state)) {
            (Ended::Eof, Some(other)) => {
                other.finish();
                Flow::Continue
            }
            _ => Flow::Close,
        }
    }

    /// Without both directions there is nothing to forward any more.
    fn gone(&mut self, leg: &Leg, why: &Closed) {
        if matches!(why, Closed::Ended(Ended::Eof)) {
            return;
        }
        self.clients.abort(leg.state);
        self.upstreams.abort(leg.state);
    }
}

#[handlers]
impl Proxy {
    #[handler(token = SERVER, fills = [CLIENTS, UPSTREAMS])]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let client = self.clients.insert(Connection::with_state(stream, SERVER));
        let upstream = self.upstreams.connect(address(ECHO), client);
        self.clients.get_mut(client).expect("just inserted").state = upstream;
    }

    #[handler(tokens = CLIENTS)]
    fn asked(&mut self, client: &mut Leg, bytes: &[u8]) {
        if let Some(upstream) = self.upstreams.get_mut(client.state) {
            upstream.out.send(bytes);
        }
    }

    #[handler(tokens = UPSTREAMS)]
    fn answered(&mut self, upstream: &mut Leg, bytes: &[u8]) {
        if let Some(client) = self.clients.get_mut(upstream.state) {
            client.out.send(bytes);
        }
    }

    #[ended(tokens = CLIENTS)]
    fn no_more_questions(&mut self, client: &mut Leg, why: Ended) -> Flow {
        self.half(client, &why)
    }

    #[ended(tokens = UPSTREAMS)]
    fn no_more_answers(&mut self, upstream: &mut Leg, why: Ended) -> Flow {
        self.half(upstream, &why)
    }

    #[closed(tokens = CLIENTS)]
    fn client_gone(&mut self, client: Leg, why: Closed) {
        self.gone(&client, &why);
    }

    #[closed(tokens = UPSTREAMS)]
    fn upstream_gone(&mut self, upstream: Leg, why: Closed) {
        self.gone(&upstream, &why);
    }
}
