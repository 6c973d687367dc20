//! A whole application, and a recorded conversation: on real sockets and in a
//! simulated world its handlers are called for the same things in the same order.
//! Into how many calls the bytes of a connection come is not compared.

use std::io::{Read, Write};
use std::net::{self, Shutdown, SocketAddr};
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{self, Faults, Outcome, Sim};
use miocene::{Bytes, Closed, Connection, Ended, EventLoop, Family, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

/// The echo server, with all that is called written down.
struct Echo {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
    called: Vec<String>,
    received: usize,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.called.push("accept".to_owned());
        self.clients.insert(Connection::new(stream));
    }

    #[opened(tokens = CLIENTS)]
    fn opened(&mut self, _: &mut Connection<Bytes>) {
        self.called.push("opened".to_owned());
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        if self.called.last().is_none_or(|last| last != "bytes") {
            self.called.push("bytes".to_owned());
        }
        self.received += bytes.len();
        client.out.send(bytes);
    }

    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, _: &mut Connection<Bytes>, why: Ended) -> miocene::Flow {
        self.called.push(format!("ended: {why}"));
        miocene::Flow::Close
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, _: Connection<Bytes>, why: Closed) {
        self.called.push(format!("closed: {why}"));
    }
}

impl Echo {
    fn bind(address: &str) -> Echo {
        Echo {
            server: TcpListener::bind(address).expect("a server"),
            clients: Family::new(CLIENTS),
            called: Vec::new(),
            received: 0,
        }
    }

    fn is_over(&self) -> bool {
        self.called
            .last()
            .is_some_and(|last| last.starts_with("closed"))
    }
}

/// What one client does, after the other.
#[derive(Clone, Copy)]
enum Says {
    /// Sends so many bytes, and reads as many.
    Asks(usize),
    HalfCloses,
    /// Reads the end.
    End,
    Closes,
}

const CONVERSATIONS: &[&[Says]] = &[
    &[Says::Asks(5), Says::HalfCloses, Says::End],
    &[Says::Asks(5), Says::Asks(3000), Says::Asks(1), Says::Closes],
    &[Says::HalfCloses, Says::End],
    &[Says::Closes],
    &[Says::Asks(5_000), Says::HalfCloses, Says::End, Says::Closes],
];

fn on_real_sockets(conversation: &[Says]) -> Vec<String> {
    const PATIENCE: Duration = Duration::from_secs(10);

    let mut echo = Echo::bind("127.0.0.1:0");
    let mut event_loop = EventLoop::new().expect("a loop");
    let address = echo.server.local_addr().expect("its address");
    let client = net::TcpStream::connect(address).expect("a connection");
    let mut client = Some(client);
    let mut sent = 0;
    let mut until = |echo: &mut Echo, is_so: &dyn Fn(&Echo) -> bool| {
        let outcome = sim::run_until(&mut event_loop, echo, PATIENCE, is_so);
        assert_eq!(outcome.expect("turns"), Outcome::Reached);
    };
    until(&mut echo, &|echo| echo.called.len() == 2);
    for says in conversation {
        let stream = client.as_mut().expect("an open client");
        match *says {
            Says::Asks(count) => {
                stream.write_all(&vec![b'x'; count]).expect("room");
                sent += count;
                until(&mut echo, &|echo| echo.received == sent);
                stream.read_exact(&mut vec![0; count]).expect("an answer");
            }
            Says::HalfCloses => stream.shutdown(Shutdown::Write).expect("a connection"),
            Says::End => {
                until(&mut echo, &Echo::is_over);
                assert_eq!(stream.read(&mut [0]).expect("the end"), 0);
            }
            Says::Closes => client = None,
        }
    }
    until(&mut echo, &Echo::is_over);
    event_loop.close(&mut echo);
    echo.called
}

fn in_the_model(sim: &Sim, conversation: &[Says]) -> Vec<String> {
    let echo = sim.start(Echo::bind("127.0.0.1:7000"));
    let client = sim.client("127.0.0.1:7000");
    sim.run_until(|| echo.with(|echo| echo.called.len() == 2));
    for says in conversation {
        match *says {
            Says::Asks(count) => {
                client.send(vec![b'x'; count]);
                client.expect(vec![b'x'; count]);
            }
            Says::HalfCloses => client.half_closes(),
            Says::End => client.expect_end(),
            Says::Closes => client.closes(),
        }
    }
    sim.run_until(|| echo.with(Echo::is_over));
    echo.with(|echo| echo.called.clone())
}

#[test]
fn a_conversation_has_the_same_handlers_called() {
    for (number, conversation) in CONVERSATIONS.iter().enumerate() {
        let kernel = on_real_sockets(conversation);
        let model = |sim: &Sim| {
            let model = in_the_model(sim, conversation);
            assert_eq!(model, kernel, "conversation {number}");
        };
        Sim::seeds(0..1).faults(Faults::none()).run(model);
        // Nor does it matter how the bytes are cut and delayed.
        Sim::seeds(0..20).run(model);
    }
}
