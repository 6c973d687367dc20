//! Applications with two sources of a kind, in this process, and what has something
//! come from them.

use std::io::Write;
use std::net::{self, SocketAddr};
use std::os::{fd::OwnedFd, unix};

use miocene::mio::net::UdpSocket;
use miocene::net::{TcpListener, UnixListener};
use miocene::{Context, Drain, Handlers, Interest, Readiness, Token, handlers};
use miocene_tests::client::connect;
use miocene_tests::trouble::Attacked;
use socket2::{Domain, SockAddr, Socket, Type};

use crate::scene::new_pipe;
use crate::serve::{Piped, bind_udp};

pub const FIRST: Token = Token(0);
const SECOND: Token = Token(1);

/// Two sources, of which the one that is served first has the other replaced.
pub struct Pair<S> {
    first: S,
    second: S,
    spare: Option<S>,
    items: [usize; 2],
    /// What the other ends need, or they would be closed.
    ends: Vec<Box<dyn Poke>>,
}

#[handlers]
impl<S: Drain> Pair<S> {
    #[handler(token = FIRST)]
    fn first(&mut self, cx: &mut Context<'_>, _item: S::Item<'_>) {
        self.items[0] += 1;
        if let Some(spare) = self.spare.take() {
            self.second = spare;
            cx.attach(SECOND);
        }
    }

    #[handler(token = SECOND)]
    fn second(&mut self, cx: &mut Context<'_>, _item: S::Item<'_>) {
        self.items[1] += 1;
        if let Some(spare) = self.spare.take() {
            self.first = spare;
            cx.attach(FIRST);
        }
    }
}

/// The same with sockets that a raw handler reads.
pub struct Sockets {
    first: UdpSocket,
    second: UdpSocket,
    spare: Option<UdpSocket>,
    items: [usize; 2],
    ends: Vec<Box<dyn Poke>>,
}

#[handlers]
impl Sockets {
    #[handler(token = FIRST, interest = READABLE, raw)]
    fn first(&mut self, cx: &mut Context<'_>, ready: &mut Readiness) {
        let received = ready.try_io(Interest::READABLE, || self.first.recv(&mut [0; 8]));
        if received.is_ok() {
            self.items[0] += 1;
            if let Some(spare) = self.spare.take() {
                self.second = spare;
                cx.attach(SECOND);
            }
        }
    }

    #[handler(token = SECOND, interest = READABLE, raw)]
    fn second(&mut self, cx: &mut Context<'_>, ready: &mut Readiness) {
        let received = ready.try_io(Interest::READABLE, || self.second.recv(&mut [0; 8]));
        if received.is_ok() {
            self.items[1] += 1;
            if let Some(spare) = self.spare.take() {
                self.first = spare;
                cx.attach(FIRST);
            }
        }
    }
}

/// Has one more item come from a source.
pub trait Poke {
    fn poke(&mut self) -> Attacked;
}

impl<F: FnMut() -> Attacked> Poke for F {
    fn poke(&mut self) -> Attacked {
        self()
    }
}

/// What both applications are asked for.
pub trait Two: Handlers {
    fn items(&self) -> [usize; 2];
    fn poke(&mut self, end: usize) -> Attacked;
    fn keep_both(&mut self);
}

impl<S: Drain> Two for Pair<S> {
    fn items(&self) -> [usize; 2] {
        self.items
    }
    fn poke(&mut self, end: usize) -> Attacked {
        self.ends[end].poke()
    }
    fn keep_both(&mut self) {
        self.spare = None;
    }
}

impl Two for Sockets {
    fn items(&self) -> [usize; 2] {
        self.items
    }
    fn poke(&mut self, end: usize) -> Attacked {
        self.ends[end].poke()
    }
    fn keep_both(&mut self) {
        self.spare = None;
    }
}

pub type Ends<S> = (S, Box<dyn Poke>);

pub fn pair<S: Drain>(make: fn() -> Attacked<Ends<S>>) -> Attacked<Pair<S>> {
    let ((first, end), (second, other), (spare, third)) = (make()?, make()?, make()?);
    Ok(Pair {
        first,
        second,
        spare: Some(spare),
        items: [0; 2],
        ends: vec![end, other, third],
    })
}

pub fn listen_tcp() -> Attacked<Ends<TcpListener>> {
    let listener = net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = listener.local_addr()?;
    let mut clients = Vec::new();
    let poke = move || {
        clients.push(net::TcpStream::connect(address)?);
        Ok(())
    };
    Ok((TcpListener::from_std(listener)?, Box::new(poke)))
}

pub fn listen_unix() -> Attacked<Ends<UnixListener>> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // With no name it is given one that is free.
    socket.bind(&SockAddr::unix("")?)?;
    socket.listen(16)?;
    let place = socket.local_addr()?;
    let listener = unix::net::UnixListener::from(OwnedFd::from(socket));
    let mut clients = Vec::new();
    let poke = move || {
        clients.push(connect(&place)?);
        Ok(())
    };
    Ok((UnixListener::from_std(listener)?, Box::new(poke)))
}

pub fn pipe() -> Attacked<Ends<Piped>> {
    let (mut sender, receiver) = new_pipe()?;
    let poke = move || Ok(sender.write_all(b"line\n")?);
    Ok((Piped::of(receiver)?, Box::new(poke)))
}

fn socket() -> Attacked<Ends<UdpSocket>> {
    let socket = bind_udp()?;
    let address = socket.local_addr()?;
    let other = net::UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let poke = move || {
        other.send_to(b"datagram", address)?;
        Ok(())
    };
    Ok((socket, Box::new(poke)))
}

pub fn sockets() -> Attacked<Sockets> {
    let ((first, end), (second, other), (spare, third)) = (socket()?, socket()?, socket()?);
    Ok(Sockets {
        first,
        second,
        spare: Some(spare),
        items: [0; 2],
        ends: vec![end, other, third],
    })
}
