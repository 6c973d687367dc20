//! Where a script is played: on real sockets and the kernel's poll, or in a
//! simulated world. Each has a loop with an application that notes what it is
//! told.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::mem;
use std::net;
use std::time::{Duration, Instant};

use miocene::mio::event::Source;
use miocene::mio::{Interest, Registry, Token};
use miocene::net::TcpStream;
use miocene::sim::{App, Sim};
use miocene::table::Entry;
use miocene::{Context, EventLoop, Handlers, Input, Readiness};

/// What the loop was told of each token.
pub type Told = BTreeMap<usize, Readiness>;

pub trait World {
    /// How often to look for what does not come.
    const LOOKS: u32;

    fn registered<T>(&mut self, does: impl FnOnce(&Registry) -> T) -> T;

    /// A socket that connects to the port which it is given itself.
    fn connect_to_itself(&mut self) -> TcpStream;

    /// Turns the loop until it was told what is awaited, if that ever comes, and
    /// whatever else there is.
    fn settle(&mut self, awaited: &Told) -> Told;
}

/// The loop goes on as long as there is a source; this one is never ready.
struct Anchor;

impl Source for Anchor {
    fn register(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        Ok(())
    }

    fn reregister(&mut self, _: &Registry, _: Token, _: Interest) -> io::Result<()> {
        Ok(())
    }

    fn deregister(&mut self, _: &Registry) -> io::Result<()> {
        Ok(())
    }
}

const ANCHOR: Token = Token(1 << 20);

struct Recorder {
    anchor: Anchor,
    told: Told,
    events: u64,
}

impl Recorder {
    fn new() -> Recorder {
        Recorder {
            anchor: Anchor,
            told: Told::new(),
            events: 0,
        }
    }
}

impl Handlers for Recorder {
    const TABLE: &'static [Entry] = &[Entry::raw(
        "note",
        "ANCHOR",
        ANCHOR,
        Interest::READABLE,
        "self.anchor",
    )];

    fn source(&mut self, _: Token) -> Option<&mut dyn Source> {
        Some(&mut self.anchor)
    }

    fn dispatch(&mut self, _: &mut Context<'_>, _: &mut Input, token: Token, ready: Readiness) {
        *self.told.entry(token.0).or_default() |= ready;
        self.events += 1;
    }
}

pub struct Simulated<'a> {
    sim: &'a Sim,
    app: App<Recorder>,
}

impl<'a> Simulated<'a> {
    pub fn new(sim: &'a Sim) -> Simulated<'a> {
        let app = sim.start(Recorder::new());
        let mut world = Simulated { sim, app };
        world.settle(&Told::new());
        world
    }
}

impl World for Simulated<'_> {
    const LOOKS: u32 = 1;

    fn registered<T>(&mut self, does: impl FnOnce(&Registry) -> T) -> T {
        self.app.context(|cx| does(cx.registry()))
    }

    /// Which it does when that is decided: see `compare`.
    fn connect_to_itself(&mut self) -> TcpStream {
        TcpStream::connect(([127, 0, 0, 1], 40_000).into()).expect("a socket")
    }

    fn settle(&mut self, _: &Told) -> Told {
        /// Who was not let in by a listener tries again after a second.
        const LONG_ENOUGH: Duration = Duration::from_secs(3);

        self.sim.run_for(LONG_ENOUGH);
        self.app.change(|app| mem::take(&mut app.told))
    }
}

pub struct Real {
    event_loop: EventLoop,
    app: Recorder,
    /// What is sent here comes after what was sent elsewhere before.
    fence: (net::TcpStream, net::TcpStream),
}

impl Real {
    pub fn new() -> Real {
        let listener = net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let near = net::TcpStream::connect(address).expect("a connection");
        let (far, _) = listener.accept().expect("its other end");
        let mut world = Real {
            event_loop: EventLoop::new().expect("a loop"),
            app: Recorder::new(),
            fence: (near, far),
        };
        world.settle(&Told::new());
        world
    }

    fn turn(&mut self, limit: Duration) {
        let turn = self.event_loop.turn(&mut self.app, Some(limit));
        assert!(!turn.expect("a turn").finished);
    }

    fn is_told(&self, awaited: &Told) -> bool {
        let comes = |(token, ready): (&usize, &Readiness)| {
            let told = self.app.told.get(token).copied().unwrap_or_default();
            told | *ready == told
        };
        awaited.iter().all(comes)
    }
}

impl World for Real {
    const LOOKS: u32 = 20_000;

    fn registered<T>(&mut self, does: impl FnOnce(&Registry) -> T) -> T {
        does(self.event_loop.context().registry())
    }

    /// Linux takes a few ports on each time, so it comes to this one, or takes
    /// another way round.
    fn connect_to_itself(&mut self) -> TcpStream {
        const TRIES: u32 = 1_000_000;

        let address = free_for_clients();
        for _ in 0..TRIES {
            let stream = TcpStream::connect(address).expect("a socket");
            if stream.peer_addr().is_ok() && stream.local_addr().is_ok_and(|own| own == address) {
                return stream;
            }
        }
        panic!("no socket was given the port {address}");
    }

    fn settle(&mut self, awaited: &Told) -> Told {
        const PATIENCE: Duration = Duration::from_secs(5);
        const GLANCE: Duration = Duration::from_millis(20);

        let deadline = Instant::now() + PATIENCE;
        while !self.is_told(awaited) && Instant::now() < deadline {
            self.turn(GLANCE);
        }
        self.fence.0.write_all(&[0]).expect("room for a byte");
        self.fence.1.read_exact(&mut [0]).expect("that byte");
        loop {
            let before = self.app.events;
            self.turn(Duration::ZERO);
            if self.app.events == before {
                return mem::take(&mut self.app.told);
            }
        }
    }
}

/// A port that nobody listens at, of those that Linux takes for clients first: the
/// even ones.
fn free_for_clients() -> net::SocketAddr {
    let any = || net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let beside = |listener: net::TcpListener| {
        let mut address = listener.local_addr().expect("an address");
        address.set_port(address.port() & !1);
        drop(listener);
        net::TcpListener::bind(address).ok()
    };
    let found = std::iter::repeat_with(any).find_map(beside);
    found
        .and_then(|listener| listener.local_addr().ok())
        .expect("a free port")
}

impl Drop for Real {
    fn drop(&mut self) {
        self.event_loop.close(&mut self.app);
    }
}
