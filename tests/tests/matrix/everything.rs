//! A server with a source of every kind in one loop, so that one sees that a fault
//! of one of them is nobody else's.

use std::any::Any;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use miocene::mio::net::UdpSocket;
use miocene::{
    Closed, Config, Connection, Context, Ended, EventLoop, Family, Flow, Interest, Lines, Panics,
    Readiness, Token, Tokens, handlers,
};
use miocene_tests::oracle;

use crate::serve::{Piped, bind_udp, say};
use crate::servers::{Listens, Served, listen};

const SERVER: Token = Token(0);
const PIPE: Token = Token(1);
const SOCKET: Token = Token(2);
const CLIENTS: Tokens = Tokens::new(1);

/// How long a stop that is to come soon waits for those who do not read.
pub const SOON: Duration = Duration::from_secs(1);

type Client<L> = Connection<Lines, (), <L as Listens>::Stream>;

struct Everything<L: Listens> {
    server: L,
    pipe: Piped,
    socket: UdpSocket,
    clients: Family<Client<L>>,
    /// Lines of the pipe that were to be counted only.
    counted: usize,
    panics_at_accept: bool,
    inserted: usize,
    closed: usize,
}

#[handlers]
impl<L: Listens> Everything<L> {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (L::Stream, L::Peer)) {
        assert!(!self.panics_at_accept, "as it was asked to");
        self.clients.insert(Connection::new(stream));
        self.inserted += 1;
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, cx: &mut Context<'_>, client: &mut Client<L>, line: &str) -> Flow {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("stop", "soon") => cx.stop_within(SOON),
            ("stop", _) => cx.stop(),
            ("panic", "at accept") => {
                self.panics_at_accept = true;
                writeln!(client.out, "{line}");
            }
            ("panic", _) => panic!("as it was asked to"),
            ("big", size) => {
                let mut bytes = vec![0; size.parse().unwrap_or(0)];
                oracle::fill(0, 0, &mut bytes);
                client.out.send(&bytes);
            }
            ("purge", _) => {
                let others: Vec<_> = self.clients.all_tokens().collect();
                for other in others {
                    if Some(other) != client.token() {
                        self.clients.abort(other);
                    }
                }
            }
            ("stale", _) => writeln!(client.out, "{}", cx.counters().stale_events),
            _ => writeln!(client.out, "{line}"),
        }
        Flow::Continue
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, _client: Client<L>, _why: Closed) {
        self.closed += 1;
    }

    #[handler(token = PIPE)]
    fn piped(&mut self, line: &[u8]) {
        match line {
            b"panic" => panic!("as it was asked to"),
            b"?" => say(format_args!("counted {}", self.counted)),
            [b'#', ..] => self.counted += 1,
            _ => say(format_args!("pipe: {}", String::from_utf8_lossy(line))),
        }
    }

    #[ended(token = PIPE)]
    fn pipe_ended(&mut self, why: Ended) {
        say(format_args!("pipe ended: {why}"));
    }

    #[handler(token = SOCKET, interest = READABLE, raw)]
    fn datagram(&mut self, ready: &mut Readiness) {
        let mut buffer = [0; 65_536];
        let received = ready.try_io(Interest::READABLE, || self.socket.recv_from(&mut buffer));
        if let Ok((length, from)) = received {
            assert!(&buffer[..length] != b"panic", "as it was asked to");
            let _ = self.socket.send_to(&buffer[..length], from);
        }
    }
}

/// Serves until it is stopped, and says what is left then: nothing should be.
pub fn serve<L: Listens>(address: &str) -> Served {
    let server: L = listen(address, 0)?;
    let mut app = Everything {
        server,
        pipe: Piped::stdin()?,
        socket: bind_udp()?,
        clients: Family::new(CLIENTS),
        counted: 0,
        panics_at_accept: false,
        inserted: 0,
        closed: 0,
    };
    say(format_args!("udp on {}", app.socket.local_addr()?));
    let descriptors = count_descriptors()?;
    let mut config = Config::default();
    config.panics = Panics::CloseMember;
    let mut event_loop = EventLoop::with_config(config)?;
    let run = catch_unwind(AssertUnwindSafe(|| event_loop.run(&mut app)));
    let counters = event_loop.counters();
    drop(event_loop);
    say(format_args!(
        "over: {} members, {} descriptors, {} not told",
        app.clients.len(),
        count_descriptors()?.abs_diff(descriptors),
        app.inserted.abs_diff(app.closed),
    ));
    say(format_args!(
        "cut {}, panicked {}",
        counters.cut, counters.closed.panicked
    ));
    match run {
        Ok(run) => Ok(run?),
        Err(payload) => Err(panicked(&*payload)),
    }
}

fn panicked(payload: &(dyn Any + Send)) -> Box<dyn std::error::Error> {
    let message = payload.downcast_ref::<&str>().copied();
    format!("a panic went through `run`: {}", message.unwrap_or("?")).into()
}

fn count_descriptors() -> io::Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}
