//! Everything has a limit with a name: each is reached with its default, in the
//! world's own time, and what comes of it has a name.

mod of_connections;
mod of_families;
mod of_loops;

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Faults, Seeds, Sim};
use miocene::{Closed, Config, Connection, Family, Flow, Lines, Token, Tokens, handlers};

use crate::crowd::ADDRESS;

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

const KIB: usize = 1024;

/// Does what a line says, with the limits as they are unless somebody sets them.
pub struct Limited {
    server: TcpListener,
    clients: Family<Connection<Lines>>,
    /// What was unsent when a line came.
    unsent: Vec<usize>,
    left: Vec<String>,
}

#[handlers]
impl Limited {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Connection<Lines>, line: &str) -> Flow {
        self.unsent.push(client.out.unsent().len());
        match line {
            "much" => client.out.send(&[b'x'; KIB]),
            "bye" => {
                client.out.send(b"bye\n");
                return Flow::Close;
            }
            "pause" => return Flow::Pause,
            _ => {}
        }
        Flow::Continue
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, _: Connection<Lines>, why: Closed) {
        self.left.push(format!("{why:?}"));
    }
}

fn start(sim: &Sim) -> App<Limited> {
    sim.start_with(Config::default(), {
        Limited {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS),
            unsent: Vec::new(),
            left: Vec::new(),
        }
    })
}

/// One course of events: a limit is a number, and no fault is to blur it.
fn once() -> Seeds {
    Sim::seeds(0..1).faults(Faults::none())
}
