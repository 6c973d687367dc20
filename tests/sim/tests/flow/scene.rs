//! A server with one client, and what is known of the two.

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Peer, Sim};
use miocene::{
    ByteLines, Closed, Connection, Context, Ended, Family, Flow, Token, Tokens, handlers,
};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);
const ADDRESS: &str = "127.0.0.1:7000";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Opened,
    Line,
    Writable,
    Ended,
    Closed,
}

/// Sends lines back; one of its handlers answers with the flow in question.
pub struct Echo {
    server: TcpListener,
    pub clients: Family<Connection<ByteLines>>,
    told: Vec<By>,
    by: By,
    flow: Flow,
    token: Option<Token>,
    /// Why the client left, and what was unread and unsent then.
    left: Option<(String, Vec<u8>, Vec<u8>)>,
}

impl Echo {
    fn answer(&mut self, by: By) -> Flow {
        self.told.push(by);
        match by == self.by {
            true => self.flow,
            false => Flow::Continue,
        }
    }
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[opened(tokens = CLIENTS)]
    fn opened(&mut self, cx: &mut Context<'_>, _: &mut Connection<ByteLines>) -> Flow {
        self.token = Some(cx.token());
        self.answer(By::Opened)
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<ByteLines>, line: &[u8]) -> Flow {
        client.out.send(line);
        client.out.send(b"\n");
        self.answer(By::Line)
    }

    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn room(&mut self, client: &mut Connection<ByteLines>) -> Flow {
        // Once for every send, so it goes on until it has nothing more to say.
        let rooms = self.told.iter().filter(|by| **by == By::Writable);
        if self.by == By::Writable && rooms.count() < 2 {
            client.out.send(b"more\n");
        }
        self.answer(By::Writable)
    }

    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, client: &mut Connection<ByteLines>, why: Ended) -> Flow {
        assert!(matches!(why, Ended::Eof | Ended::Io(_)), "{why:?}");
        client.out.send(b"last words\n");
        match self.by {
            By::Ended => self.answer(By::Ended),
            _ => Flow::Close,
        }
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, client: Connection<ByteLines>, why: Closed) -> Flow {
        let parts = client.into_parts();
        self.left = Some((format!("{why:?}"), parts.unread, parts.unsent));
        self.answer(By::Closed)
    }
}

pub struct Scene<'s> {
    sim: &'s Sim,
    pub app: App<Echo>,
    pub peer: Peer,
}

impl<'s> Scene<'s> {
    pub fn new(sim: &'s Sim, by: By, flow: Flow) -> Scene<'s> {
        let app = sim.start(Echo {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS),
            told: Vec::new(),
            by,
            flow,
            token: None,
            left: None,
        });
        let peer = sim.client(ADDRESS);
        Scene { sim, app, peer }
    }

    pub fn told(&self, by: By) -> usize {
        let times = |app: &Echo| app.told.iter().filter(|told| **told == by).count();
        self.app.with(times)
    }

    /// A fault has ended the connection: no more is to be expected.
    pub fn was_cut(&self) -> bool {
        self.peer.was_cut()
    }

    pub fn resume(&self) {
        if self.was_cut() {
            return;
        }
        self.app.change(|app| {
            let token = app.token.expect("it was opened");
            app.clients.resume(token)
        });
        self.sim.calm();
    }

    /// Nothing more is expected to come to the peer than this.
    #[track_caller]
    pub fn peer_has(&self, bytes: &str) {
        let received = self.peer.received();
        assert!(
            self.was_cut() || received == bytes.as_bytes(),
            "{received:?}"
        );
    }

    #[track_caller]
    pub fn peer_has_all(&self, bytes: &str) {
        self.peer_has(bytes);
        assert!(
            self.was_cut() || self.peer.has_ended(),
            "it waits for the end"
        );
    }

    /// Why the member has left, with what was unread and unsent.
    #[track_caller]
    pub fn left_with(&self, why: &str) -> Option<(Vec<u8>, Vec<u8>)> {
        if self.was_cut() {
            return None;
        }
        let (reason, unread, unsent) = self.app.with(|app| app.left.clone()).expect("it has left");
        assert_eq!(reason, why);
        assert_eq!(self.told(By::Closed), 1);
        Some((unread, unsent))
    }

    #[track_caller]
    pub fn stays(&self) {
        assert!(self.was_cut() || self.app.with(|app| app.clients.len() == 1));
    }

    /// It has stopped: the peer reads all that was sent, and the end.
    #[track_caller]
    pub fn has_stopped(&self, sent: &str) {
        assert!(self.app.ended().expect("it stops").is_ok());
        self.left_with("Stopped");
        self.peer_has_all(sent);
    }
}
