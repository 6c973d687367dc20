//! The application: two connections of one family, which answers each frame.

use std::cell::RefCell;
use std::rc::Rc;

use miocene::net::{TcpListener, TcpStream, UnixStream};
use miocene::sim::{Peer, Sim, Twin};
use miocene::{
    Closed, Connection, Ended, Family, Flow, LengthPrefixed, Token, Tokens, Transport, handlers,
};

use crate::walk::MOMENT;

pub const KEEPER: Token = Token(0);
pub const CLIENTS: Tokens = Tokens::new(1);

/// A frame and the answer to it: the length of a number, and the number.
pub const FRAME: usize = 4;

/// The stream of a walk, and what is to differ from that of the other.
pub trait Kind: Transport + Sized + 'static {
    /// A connection whose other direction has ended stays.
    const STAYS: bool;
    /// How many events the poll reports.
    const EVENTS: usize;

    fn pair(sim: &Sim, number: u16) -> (Self, Peer);
}

impl Kind for TcpStream {
    const STAYS: bool = false;
    const EVENTS: usize = 8;

    fn pair(sim: &Sim, number: u16) -> (TcpStream, Peer) {
        let address = ("127.0.0.1", 7000 + number);
        let listener = TcpListener::bind(address).unwrap();
        let peer = sim.client(address);
        Sim::pass(MOMENT);
        (listener.accept().unwrap().0, peer)
    }
}

impl Kind for UnixStream {
    const STAYS: bool = true;
    const EVENTS: usize = 1;

    fn pair(sim: &Sim, _: u16) -> (UnixStream, Peer) {
        sim.stream()
    }
}

pub type Client<S> = Connection<LengthPrefixed, usize, S>;

pub struct Server<S> {
    pub keeper: Twin<()>,
    pub clients: Family<Client<S>>,
    pub known: Rc<[RefCell<Known<S>>; 2]>,
    pub wrong: Option<String>,
}

/// What the application and the test know of a client.
pub struct Known<S> {
    pub peer: Peer,
    /// While it is in the family.
    pub token: Option<Token>,
    /// While it is not, but may come back.
    pub left: Option<Client<S>>,
    /// What its next handler is to do.
    pub ask: Option<Ask>,
    pub paused: bool,
    /// Bytes that the peer has sent, and frames that were handled.
    pub sent: usize,
    pub handled: usize,
    pub half_closed: bool,
    pub ends: u32,
    /// Frames of it may get lost from now on: it was closed or reset.
    pub given_up: bool,
    /// The peer does nothing any more.
    pub peer_gone: bool,
    pub gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ask {
    Pause,
    Leave,
    /// Another frame arrives while it runs.
    More,
}

fn frame(number: usize) -> [u8; FRAME] {
    let [high, low] = (number as u16).to_be_bytes();
    [0, 2, high, low]
}

fn frames(bytes: std::ops::Range<usize>) -> Vec<u8> {
    bytes.map(|at| frame(at / FRAME)[at % FRAME]).collect()
}

#[handlers]
impl<S: Kind> Server<S> {
    #[handler(token = KEEPER)]
    fn kept(&mut self, _: ()) {}

    #[handler(tokens = CLIENTS)]
    fn frame(&mut self, client: &mut Client<S>, bytes: &[u8]) -> Flow {
        let known = &mut *self.known[client.state].borrow_mut();
        if bytes != &frame(known.handled)[2..] {
            let (number, handled) = (client.state, known.handled);
            let wrong = format!("client {number}: frame {handled} is {bytes:?}");
            self.wrong.get_or_insert(wrong);
        }
        let _ = client.send_frame(bytes);
        known.handled += 1;
        match known.ask.take() {
            None => Flow::Continue,
            Some(Ask::Pause) => {
                known.paused = true;
                Flow::Pause
            }
            Some(Ask::Leave) => Flow::Leave,
            Some(Ask::More) => {
                known.send(FRAME);
                Flow::Continue
            }
        }
    }

    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, client: &mut Client<S>, why: Ended) -> Flow {
        let known = &mut *self.known[client.state].borrow_mut();
        known.ends += 1;
        if known.ends > 1 || !(known.half_closed && known.is_handled() || known.given_up) {
            let wrong = format!("client {}: an end that is none: {why:?}", client.state);
            self.wrong.get_or_insert(wrong);
        }
        match S::STAYS {
            true => Flow::Continue,
            false => Flow::Close,
        }
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, client: Client<S>, why: Closed) {
        let known = &mut *self.known[client.state].borrow_mut();
        known.token = None;
        known.paused = false;
        if matches!(why, Closed::Left) {
            known.left = Some(client);
            return;
        }
        known.gone = true;
        if !known.given_up && known.ends == 0 && !matches!(why, Closed::Stopped) {
            let wrong = format!(
                "client {}: closed, and nobody had to: {why:?}",
                client.state
            );
            self.wrong.get_or_insert(wrong);
        }
    }
}

impl<S> Known<S> {
    pub fn of(peer: Peer, token: Token) -> Known<S> {
        Known {
            peer,
            token: Some(token),
            left: None,
            ask: None,
            paused: false,
            sent: 0,
            handled: 0,
            half_closed: false,
            ends: 0,
            given_up: false,
            peer_gone: false,
            gone: false,
        }
    }

    pub fn send(&mut self, count: usize) {
        if !self.half_closed && !self.peer_gone {
            self.peer.send(frames(self.sent..self.sent + count));
            self.sent += count;
            Sim::pass(MOMENT);
        }
    }

    pub fn is_handled(&self) -> bool {
        self.handled == self.sent / FRAME
    }
}

impl<S: Kind> Known<S> {
    /// Whether all has come to a good end.
    pub fn is_served(&self) -> Result<(), &'static str> {
        let answers = frames(0..self.handled * FRAME);
        let received = self.peer.received();
        let is = |is_so: bool, what| if is_so { Ok(()) } else { Err(what) };
        is(answers.starts_with(&received), "a wrong answer")?;
        if self.given_up {
            return Ok(());
        }
        is(self.is_handled(), "not all frames were handled")?;
        is(answers == received, "not all answers have come")?;
        is(
            self.ends == u32::from(self.half_closed),
            "its end was not told once",
        )?;
        let goes = self.half_closed && !S::STAYS;
        is(goes == self.gone, "it is gone, or should be")?;
        is(
            goes == self.peer.has_ended(),
            "the peer has not seen its end",
        )
    }
}
