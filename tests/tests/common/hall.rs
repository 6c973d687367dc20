//! An application with a family of connections and one of raw members, which
//! does what a test has written down for a handler and a member, and keeps a log
//! of all that it is told.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream as Peer;

use miocene::mio::event::Source;
use miocene::mio::{Interest, Registry};
use miocene::net::{TcpListener, TcpStream, UnixStream};
use miocene::{
    BoxError, ByteLines, Closed, Connection, Context, Ended, Failure, Family, Fd, Flow, Framing,
    Readiness, Token, Tokens, Transport, handlers,
};

pub const SERVER: Token = Token(0);
pub const CLIENTS: Tokens = Tokens::new(1);
pub const RAWS: Tokens = Tokens::new(2);

pub type Client<F = ByteLines, S = UnixStream> = Connection<F, &'static str, S>;

/// What a handler was told, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub token: Token,
    pub name: &'static str,
    pub what: What,
}

/// What a handler was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Accepted,
    Opened,
    Item(Vec<u8>),
    Writable,
    /// With the reason, as `Debug` prints it.
    Ended(String),
    Closed(String),
    Failed(String),
}

/// Which handler a script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Accept,
    Item,
    Writable,
    Opened,
    Ended,
    Closed,
    Failed,
}

pub type Answer = Result<Flow, BoxError>;
pub type Act<H, M> = Box<dyn FnOnce(&mut H, &mut Context<'_>, &mut M) -> Answer>;

/// What is to be done when a handler is called for a member, once.
pub struct Scripts<H, M>(Vec<(When, &'static str, Act<H, M>)>);

impl<H, M> Scripts<H, M> {
    pub fn add(
        &mut self,
        when: When,
        name: &'static str,
        act: impl FnOnce(&mut H, &mut Context<'_>, &mut M) -> Answer + 'static,
    ) {
        self.0.push((when, name, Box::new(act)));
    }

    fn take(&mut self, when: When, name: &'static str) -> Option<Act<H, M>> {
        let is_it = |script: &(When, &str, Act<H, M>)| script.0 == when && script.1 == name;
        let found = self.0.iter().position(is_it)?;
        Some(self.0.remove(found).2)
    }
}

pub struct Hall<F = ByteLines, S = UnixStream> {
    pub server: TcpListener,
    pub clients: Family<Client<F, S>>,
    pub raws: Family<RawMember>,
    pub log: Vec<Told>,
    pub on: Scripts<Hall<F, S>, Client<F, S>>,
    pub on_raw: Scripts<Hall<F, S>, RawMember>,
    /// Whether items are sent back, each with the end of a line.
    pub echoes: bool,
    /// Connections that left, if they are to be kept.
    pub kept: Option<Vec<Client<F, S>>>,
}

impl<F, S> Hall<F, S>
where
    F: for<'b> Framing<Frame<'b> = &'b [u8]>,
    S: Transport,
{
    pub fn new() -> Self {
        Hall {
            server: TcpListener::bind("127.0.0.1:0").unwrap(),
            clients: Family::new(CLIENTS),
            raws: Family::new(RAWS),
            log: Vec::new(),
            on: Scripts(Vec::new()),
            on_raw: Scripts(Vec::new()),
            echoes: true,
            kept: None,
        }
    }

    fn tell(&mut self, token: Token, name: &'static str, what: What) {
        self.log.push(Told { token, name, what });
    }

    /// What was told of a member.
    pub fn told(&self, token: Token) -> Vec<&What> {
        let of = self.log.iter().filter(|told| told.token == token);
        of.map(|told| &told.what).collect()
    }

    /// The items of a member, one after the other.
    pub fn items(&self, token: Token) -> Vec<u8> {
        let items = self.told(token).into_iter().filter_map(|what| match what {
            What::Item(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        items.collect::<Vec<_>>().concat()
    }

    /// Why a member left, as `Debug` prints it.
    pub fn reason(&self, token: Token) -> Option<&str> {
        self.told(token).into_iter().find_map(|what| match what {
            What::Closed(why) => Some(why.as_str()),
            _ => None,
        })
    }

    pub fn has_ended(&self, token: Token) -> bool {
        let told = self.told(token);
        told.iter().any(|what| matches!(what, What::Ended(_)))
    }

    fn act(&mut self, cx: &mut Context<'_>, when: When, member: &mut Client<F, S>) -> Answer {
        match self.on.take(when, member.state) {
            Some(act) => act(self, cx, member),
            None => Ok(Flow::Continue),
        }
    }

    fn act_raw(&mut self, cx: &mut Context<'_>, when: When, member: &mut RawMember) -> Answer {
        match self.on_raw.take(when, member.name) {
            Some(act) => act(self, cx, member),
            None => Ok(Flow::Continue),
        }
    }
}

#[handlers]
impl<F, S> Hall<F, S>
where
    F: for<'b> Framing<Frame<'b> = &'b [u8]>,
    S: Transport,
{
    #[handler(tokens = CLIENTS, source = self.clients)]
    fn item(&mut self, cx: &mut Context<'_>, member: &mut Client<F, S>, item: &[u8]) -> Answer {
        self.tell(cx.token(), member.state, What::Item(item.to_vec()));
        if self.echoes {
            member.out.send(item);
            member.out.send(b"\n");
        }
        self.act(cx, When::Item, member)
    }

    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn room(&mut self, cx: &mut Context<'_>, member: &mut Client<F, S>) -> Answer {
        self.tell(cx.token(), member.state, What::Writable);
        self.act(cx, When::Writable, member)
    }

    #[opened(tokens = CLIENTS)]
    fn opened(&mut self, cx: &mut Context<'_>, member: &mut Client<F, S>) -> Answer {
        self.tell(cx.token(), member.state, What::Opened);
        self.act(cx, When::Opened, member)
    }

    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, cx: &mut Context<'_>, member: &mut Client<F, S>, why: Ended) -> Answer {
        self.tell(cx.token(), member.state, What::Ended(format!("{why:?}")));
        match self.on.take(When::Ended, member.state) {
            Some(act) => act(self, cx, member),
            None => Ok(Flow::Close),
        }
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, cx: &mut Context<'_>, mut member: Client<F, S>, why: Closed) -> Answer {
        self.tell(cx.token(), member.state, What::Closed(format!("{why:?}")));
        let answer = self.act(cx, When::Closed, &mut member);
        if let Some(kept) = &mut self.kept {
            kept.push(member);
        }
        answer
    }

    /// Sends back what can be read, at most 64 bytes for each call.
    #[handler(tokens = RAWS, source = self.raws, interest = READABLE, raw)]
    fn raw(
        &mut self,
        cx: &mut Context<'_>,
        member: &mut RawMember,
        ready: &mut Readiness,
    ) -> Answer {
        let mut bytes = [0; 64];
        let stream = member.stream.get_mut();
        let count = ready.try_io(Interest::READABLE, || stream.read(&mut bytes))?;
        if count == 0 {
            return Ok(Flow::Close);
        }
        stream.write_all(&bytes[..count])?;
        self.tell(cx.token(), member.name, What::Item(bytes[..count].to_vec()));
        self.act_raw(cx, When::Item, member)
    }

    #[opened(tokens = RAWS)]
    fn raw_opened(&mut self, cx: &mut Context<'_>, member: &mut RawMember) -> Answer {
        self.tell(cx.token(), member.name, What::Opened);
        self.act_raw(cx, When::Opened, member)
    }

    #[closed(tokens = RAWS)]
    fn raw_closed(&mut self, cx: &mut Context<'_>, mut member: RawMember, why: Closed) -> Answer {
        self.tell(cx.token(), member.name, What::Closed(format!("{why:?}")));
        self.act_raw(cx, When::Closed, &mut member)
    }

    /// With nobody else to be named, the script for it is one of "server".
    #[handler(token = SERVER, source = self.server)]
    fn accept(&mut self, cx: &mut Context<'_>, _: (TcpStream, std::net::SocketAddr)) -> Answer {
        self.tell(SERVER, "server", What::Accepted);
        self.act_raw(cx, When::Accept, &mut RawMember::nobody("server"))
    }

    #[failed]
    fn failed(&mut self, cx: &mut Context<'_>, failure: Failure<'_>) -> Answer {
        let error = failure.error.to_string();
        self.tell(failure.token, "server", What::Failed(error));
        self.act_raw(cx, When::Failed, &mut RawMember::nobody("server"))
    }
}

/// A stream that its handler reads and writes by itself.
pub struct RawMember {
    pub name: &'static str,
    pub stream: Fd<Peer>,
}

impl RawMember {
    /// What a script gets that is for a single source.
    fn nobody(name: &'static str) -> RawMember {
        RawMember::pair(name).0
    }

    pub fn pair(name: &'static str) -> (RawMember, Peer) {
        let (ours, theirs) = Peer::pair().unwrap();
        let stream = Fd::new(ours).unwrap();
        (RawMember { name, stream }, theirs)
    }
}

impl Source for RawMember {
    fn register(&mut self, registry: &Registry, token: Token, what: Interest) -> io::Result<()> {
        self.stream.register(registry, token, what)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, what: Interest) -> io::Result<()> {
        self.stream.reregister(registry, token, what)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.stream.deregister(registry)
    }
}

/// A connection over a socket pair, and the other end of it.
pub fn client<F: Framing + Default>(name: &'static str) -> (Client<F>, Peer) {
    let (ours, theirs) = Peer::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let stream = UnixStream::from_std(ours).unwrap();
    (Connection::with_state(stream, name), theirs)
}

/// A connection over TCP, and the other end of it.
pub fn tcp_client<F: Framing + Default>(
    name: &'static str,
) -> (Client<F, TcpStream>, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (ours, _) = listener.accept().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let stream = TcpStream::from_std(ours).unwrap();
    (Connection::with_state(stream, name), theirs)
}

/// What a non-blocking peer has received until now, and whether its end has come.
pub fn received(peer: &mut impl Read) -> (Vec<u8>, bool) {
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 65_536]);
    loop {
        match peer.read(&mut buffer) {
            Ok(0) => return (bytes, true),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return (bytes, false),
            Err(_) => return (bytes, true),
        }
    }
}

/// Turns, none of them longer than a glance, until something has happened that
/// the loop does not see, such as a thread of the test's that has ended.
pub fn serve<A: miocene::Handlers>(
    event_loop: &mut miocene::EventLoop,
    app: &mut A,
    mut done: impl FnMut(&mut A) -> bool,
) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !done(app) {
        assert!(std::time::Instant::now() < deadline, "it has not happened");
        let _ = event_loop
            .turn(app, Some(std::time::Duration::from_millis(2)))
            .unwrap();
    }
}
