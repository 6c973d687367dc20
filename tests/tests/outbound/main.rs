//! Connections that the loop makes.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod again;
mod closing;
mod failing;
mod opening;
mod unix;

use std::io::{Read, Write};
use std::net::{self, SocketAddr};

use common::LONG;
use miocene::{Closed, Connection, EventLoop, Family, Lines, Token, Tokens, handlers};
use socket2::{Domain, Socket, Type};

const SERVERS: Tokens = Tokens::new(1);

/// The number says which of them it is.
type Server = Connection<Lines, u32>;

/// What is told of outbound connections, in the order in which it is told.
#[derive(Debug, PartialEq, Eq, Clone)]
enum Told {
    Opened(u32),
    Line(u32, String),
    Writable(u32),
    Closed(u32, String),
}

struct App {
    servers: Family<Server>,
    told: Vec<Told>,
    why: Vec<Closed>,
    /// Where `#[closed]` connects to anew.
    again: Option<SocketAddr>,
}

#[handlers]
impl App {
    #[opened(tokens = SERVERS)]
    fn opened(&mut self, server: &mut Server) {
        assert!(server.peer_addr().is_ok(), "it has a peer");
        self.told.push(Told::Opened(server.state));
    }

    #[handler(tokens = SERVERS)]
    fn line(&mut self, server: &mut Server, line: &str) {
        self.told.push(Told::Line(server.state, line.to_owned()));
    }

    #[handler(tokens = SERVERS, interest = WRITABLE)]
    fn writable(&mut self, server: &mut Server) {
        self.told.push(Told::Writable(server.state));
    }

    #[closed(tokens = SERVERS)]
    fn closed(&mut self, server: Server, why: Closed) {
        self.told.push(Told::Closed(server.state, why.to_string()));
        self.why.push(why);
        if let Some(address) = self.again {
            self.servers.connect(address, server.state + 1);
        }
    }
}

fn app() -> App {
    App {
        servers: Family::new(SERVERS),
        told: Vec::new(),
        why: Vec::new(),
        again: None,
    }
}

impl App {
    fn has_told(&self, told: &Told) -> bool {
        self.told.contains(told)
    }

    /// Connects, with a number.
    fn connect(&mut self, address: SocketAddr, number: u32) -> Token {
        self.servers.connect(address, number)
    }
}

fn listen() -> (net::TcpListener, SocketAddr) {
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address at which nobody listens, held by the socket.
fn nobody() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

/// A listener whose queue is full, so that who connects to it hangs.
struct Deaf {
    listener: Socket,
    address: SocketAddr,
    /// Those that fill the queue.
    waiting: Vec<Socket>,
}

impl Deaf {
    fn new() -> Deaf {
        let (listener, address) = nobody();
        listener.listen(0).unwrap();
        let waiting = (0..1)
            .map(|_| {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
                socket.set_nonblocking(true).unwrap();
                // In progress, or there at once.
                let _ = socket.connect(&address.into());
                socket
            })
            .collect();
        Deaf {
            listener,
            address,
            waiting,
        }
    }

    /// Accepts those that are in the way, and then the one that is waited for.
    fn accept(&mut self) -> net::TcpStream {
        for waiting in self.waiting.drain(..) {
            let (accepted, _) = self.listener.accept().unwrap();
            drop((accepted, waiting));
        }
        self.listener.accept().unwrap().0.into()
    }
}

/// Turns until nothing is left that could happen.
fn until_finished(event_loop: &mut EventLoop, app: &mut App) {
    for _ in 0..1_000 {
        if event_loop.turn(app, LONG).unwrap().finished {
            return;
        }
    }
    panic!("it goes on and on");
}

/// The server's side of a connection that has come.
fn accept(listener: &net::TcpListener) -> net::TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(LONG).unwrap();
    stream
}

fn reads(stream: &mut net::TcpStream, text: &str) {
    let mut buffer = vec![0; text.len()];
    stream.read_exact(&mut buffer).unwrap();
    assert_eq!(String::from_utf8(buffer).unwrap(), text);
}

fn says(stream: &mut net::TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}
