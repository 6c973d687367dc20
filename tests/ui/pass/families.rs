#![forbid(unsafe_code)]
#![deny(warnings)]
#![deny(missing_docs, unused, future_incompatible, nonstandard_style, rust_2018_idioms)]
#![deny(unreachable_pub, unused_qualifications, single_use_lifetimes, trivial_casts)]
#![deny(let_underscore_drop, unused_results)]
#![deny(clippy::all, clippy::pedantic)]
//! Everything that a family may have, and no lint speaks of what is generated.

use std::net::SocketAddr;

use miocene::mio::net::UdpSocket;
use miocene::net::{TcpListener, TcpStream};
use miocene::{
    Closed, Connection, Context, Ended, Family, Flow, Lines, Readiness, Token, Tokens, handlers,
};

const SERVER: Token = Token(0);
const LISTENERS: Tokens = Tokens::new(1);
const CLIENTS: Tokens = Tokens::new(2);
const UPSTREAMS: Tokens = Tokens::new(3);
const PEERS: Tokens = Tokens::new(4);

#[derive(Debug, Default)]
struct Guest {
    lines: usize,
}

struct Families {
    upstreams: Family<Connection<Lines>>,
    peers: (Family<UdpSocket>,),
}

struct App {
    server: TcpListener,
    listeners: Family<TcpListener>,
    clients: Family<Connection<Lines, Guest>>,
    families: Families,
    count: usize,
}

#[handlers]
impl App {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {
        self.count += 1;
    }

    #[handler(tokens = LISTENERS, fills = [CLIENTS, UPSTREAMS])]
    fn accept_more(&mut self, _: &mut TcpListener, (_, _): (TcpStream, SocketAddr)) {
        self.count += 1;
    }

    #[deprecated]
    #[handler(tokens = CLIENTS, interest = READABLE)]
    fn line(&mut self, client: &mut Connection<Lines, Guest>, line: &str) -> Result<Flow, String> {
        client.state.lines += line.len();
        self.count += 1;
        Err("no".to_owned())
    }

    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    fn room(&mut self, cx: &mut Context<'_>, client: &mut Connection<Lines, Guest>) {
        let _ = cx;
        client.state.lines += 1;
        self.count += 1;
    }

    #[opened(tokens = CLIENTS)]
    fn hello(&mut self, client: &mut Connection<Lines, Guest>) -> ! {
        panic!("{} {}", self.count, client.state.lines)
    }

    #[ended(tokens = CLIENTS)]
    fn over(&self, _: &mut Connection<Lines, Guest>, why: Ended) -> Flow {
        drop(why);
        if self.count == 0 { Flow::Stop } else { Flow::Close }
    }

    #[closed(tokens = CLIENTS)]
    fn gone(&mut self, cx: &mut Context<'_>, client: Connection<Lines, Guest>, why: Closed) {
        drop(why);
        let _ = cx;
        self.count += client.state.lines;
    }

    /// A family with no handler at all: it is read all the same.
    #[opened(tokens = UPSTREAMS)]
    #[cfg(all())]
    fn answer(&mut self, _: &mut Connection<Lines>) {
        self.count += 1;
    }

    #[closed(tokens = UPSTREAMS, source = self.families.upstreams)]
    fn hung_up(&mut self, _: Connection<Lines>, _: Closed) {
        self.count += 1;
    }

    #[handler(tokens = PEERS, interest = READABLE | WRITABLE, raw, source = self.families.peers.0)]
    fn datagram(&mut self, _: &mut UdpSocket, ready: &mut Readiness) -> miocene::Result<()> {
        let _ = ready;
        self.count += 1;
        Ok(())
    }

    #[closed(tokens = PEERS)]
    #[closed(tokens = peers::MORE, source = self.families.peers.0)]
    #[cfg(any())]
    fn never(&mut self, _: Missing, _: Missing) {}
}

fn main() {
    let rows = miocene::table::<App>().entries();
    let names: Vec<&str> = rows.iter().map(|row| row.handler).collect();
    assert_eq!(
        names,
        [
            "accept", "accept_more", "line", "room", "hello", "over", "gone", "answer", "hung_up",
            "datagram"
        ]
    );
    assert_eq!(rows[7].source, "self.families.upstreams");
    let mut app = App {
        server: TcpListener::bind("127.0.0.1:0").unwrap(),
        listeners: Family::new(LISTENERS),
        clients: Family::new(CLIENTS),
        families: Families {
            upstreams: Family::new(UPSTREAMS),
            peers: (Family::new(PEERS),),
        },
        count: 0,
    };
    let mut events = miocene::EventLoop::new().unwrap();
    let _ = events.turn(&mut app, Some(std::time::Duration::ZERO)).unwrap();
}
