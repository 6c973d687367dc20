//! Rows of `#[failed]` for listeners of a family, and for members that have left.

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Faults, Queue, Sim, Twin};
use miocene::{Bytes, Closed, Connection, Failure, Family, Flow, Token, Tokens, handlers};

use crate::row;

const OTHER: Token = Token(0);
const LISTENERS: Tokens = Tokens::new(1);
const CLIENTS: Tokens = Tokens::new(2);
const ADDRESS: &str = "127.0.0.1:7000";

/// A listener whose handler finds fault with every stranger.
struct Choosy {
    /// Another source, so that the loop goes on.
    other: Twin<()>,
    listeners: Family<TcpListener>,
    failures: usize,
    left: Vec<String>,
    flow: Flow,
}

#[handlers]
impl Choosy {
    #[handler(token = OTHER)]
    fn other(&mut self, _item: ()) {}

    #[handler(tokens = LISTENERS)]
    fn stranger(
        &mut self,
        _: &mut TcpListener,
        _: (TcpStream, SocketAddr),
    ) -> Result<(), &'static str> {
        Err("go away")
    }

    #[failed]
    fn failed(&mut self, failure: Failure<'_>) -> Flow {
        assert_eq!(
            (failure.handler, failure.token_name),
            ("stranger", "LISTENERS")
        );
        self.failures += 1;
        self.flow
    }

    #[closed(tokens = LISTENERS)]
    fn closed(&mut self, _: TcpListener, why: Closed) {
        self.left.push(format!("{why:?}"));
    }
}

#[test]
fn failed_for_a_stranger() {
    row(Faults::swarm(), |sim, flow| {
        let (_queue, other) = sim.twin();
        let mut listeners = Family::new(LISTENERS);
        let token = listeners.insert(TcpListener::bind(ADDRESS).unwrap());
        let app = sim.start(Choosy {
            other,
            listeners,
            failures: 0,
            left: Vec::new(),
            flow,
        });
        let clients = [(); 3].map(|()| sim.client(ADDRESS));
        sim.calm();
        let failures = || app.with(|app| app.failures);
        // Some may have been cut off before they were accepted.
        let most = clients.len();
        if failures() == 0 {
            return assert!(clients.iter().any(|client| client.was_cut()));
        }
        let left = || app.with(|app| app.left.clone());
        match flow {
            Flow::Continue => assert!(failures() + cut(&clients) >= most),
            Flow::Pause => {
                assert_eq!((failures(), left()), (1, vec![]));
                for _ in 1..most {
                    app.change(|app| app.listeners.resume(token));
                    sim.calm();
                }
                assert!(failures() + cut(&clients) >= most);
            }
            Flow::Close => assert_eq!((failures(), left()), (1, vec!["Asked".to_owned()])),
            Flow::Leave => assert_eq!((failures(), left()), (1, vec!["Left".to_owned()])),
            Flow::Stop => {
                assert!(app.ended().expect("it stops").is_ok());
                assert_eq!((failures(), left()), (1, vec!["Stopped".to_owned()]));
            }
        }
    });
}

fn cut(clients: &[miocene::sim::Peer]) -> usize {
    clients.iter().filter(|client| client.was_cut()).count()
}

/// Nobody is told why a member has left, so its handler's error is a failure.
struct Untold {
    other: Twin<()>,
    clients: Family<Connection<Bytes, (), miocene::net::UnixStream>>,
    failures: usize,
    flow: Flow,
}

#[handlers]
impl Untold {
    #[handler(token = OTHER)]
    fn other(&mut self, _item: ()) {}

    #[handler(tokens = CLIENTS)]
    fn bytes(
        &mut self,
        _: &mut Connection<Bytes, (), miocene::net::UnixStream>,
        _: &[u8],
    ) -> Result<(), &'static str> {
        Err("indigestible")
    }

    #[failed]
    fn failed(&mut self, failure: Failure<'_>) -> Flow {
        assert_eq!(failure.token_name, "CLIENTS");
        self.failures += 1;
        self.flow
    }
}

fn untold(sim: &Sim, flow: Flow) -> (Untold, Queue<()>, miocene::sim::Peer) {
    let (queue, other) = sim.twin();
    let (stream, peer) = sim.stream();
    let mut clients = Family::new(CLIENTS);
    clients.insert(Connection::new(stream));
    let app = Untold {
        other,
        clients,
        failures: 0,
        flow,
    };
    (app, queue, peer)
}

#[test]
fn failed_for_a_member_that_has_left() {
    row(Faults::swarm(), |sim, flow| {
        let (app, _queue, peer) = untold(sim, flow);
        let app = sim.start(app);
        peer.send("a");
        sim.calm();
        assert_eq!(
            app.with(|app| app.failures),
            1,
            "a fault of the world's is one, too"
        );
        assert!(app.with(|app| app.clients.is_empty()));
        match flow {
            Flow::Stop => assert!(app.ended().expect("it stops").is_ok()),
            _ => assert!(app.is_running()),
        }
    });
}
