//! The example `tcp_proxy`, between programs and servers of the test.

mod content;
mod ends;
mod failures;
mod transfers;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use miocene_tests::program::Program;
use miocene_tests::report::Check;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};

pub fn checks() -> Vec<Check> {
    let check = |name, make| Check { name, make };
    vec![
        check("proxy: 1 GiB each way", transfers::both_ways),
        check("proxy: curl reads slowly", transfers::slow_reader),
        check("proxy: nc ends first", || ends::client_first("nc")),
        check("proxy: socat ends first", || ends::client_first("socat")),
        check("proxy: upstream ends first", ends::upstream_first),
        check("proxy: nobody listens", failures::refused),
        check("proxy: upstream is killed", failures::killed),
        check("proxy: client is reset", failures::client_resets),
    ]
}

/// Starts a proxy on a free port.
fn start(upstream: SocketAddr) -> Attacked<Server> {
    let mut program = Program::example("tcp_proxy")?;
    program.arguments.push("127.0.0.1:0".to_owned());
    let mut proxy = Server::start_at(&program, &upstream.to_string())?;
    proxy.listens()?;
    Ok(proxy)
}

/// An upstream that talks to one client.
struct Upstream<T> {
    address: SocketAddr,
    thread: JoinHandle<Attacked<T>>,
}

impl<T: Send + 'static> Upstream<T> {
    fn start(talk: impl FnOnce(TcpStream) -> Attacked<T> + Send + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept()?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            talk(stream)
        });
        Ok(Self { address, thread })
    }

    /// Whether all has been said.
    fn has_done(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until all has been said, and what came of it.
    fn done(self) -> Attacked<T> {
        joined(self.thread)
    }
}

fn joined<T>(thread: JoinHandle<Attacked<T>>) -> Attacked<T> {
    thread
        .join()
        .unwrap_or_else(|_| Err(Trouble::broke("a thread of the test panicked")))
}
