//! Clients, and whether they were served.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use socket2::{SockAddr, Socket, Type};

use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};
use crate::wait_until;

/// When clients are connected to a server that is stopped. One that finds the queue
/// of the listener full tries again after one second, three and seven.
const ARRIVAL: Duration = Duration::from_secs(5);

/// Clients that connected at the same time and wait to be served: to be greeted
/// by name on the server's output, and to see the end of their connection.
#[derive(Debug, Default)]
pub struct Crowd {
    clients: Vec<Client>,
}

impl Crowd {
    /// Connects `count` clients at once and waits for nothing.
    pub fn connect(place: impl Into<SockAddr>, count: usize) -> Attacked<Self> {
        let place = place.into();
        let clients: io::Result<_> = (0..count).map(|_| Client::connect(&place)).collect();
        Ok(Self { clients: clients? })
    }

    /// Connects one more.
    pub fn join(&mut self, place: &SockAddr) -> Attacked {
        self.clients.push(Client::connect(place)?);
        Ok(())
    }

    /// Waits until a server has served a first client and sleeps again: it has left
    /// its start behind, which follows the line that says that it listens.
    pub fn settle(server: &mut Server) -> Attacked {
        Self::connect(server.place(), 1)?.is_served(server, PATIENCE)?;
        server.wait_for(PATIENCE, |server| {
            server.process().is_asleep().unwrap_or(false)
        })
    }

    /// Connects `count` clients to a server that is stopped meanwhile, so that it
    /// finds them all waiting. While clients go on arriving each of them wakes the
    /// server again, which hides a server that has stalled.
    ///
    /// A server that does not survive to be stopped is left running.
    pub fn park(server: &mut Server, count: usize) -> Attacked<Self> {
        Self::park_and(server, count, |_| Ok(()))
    }

    /// As [`park`](Self::park), with something done to the clients before the
    /// server goes on.
    pub fn park_and(
        server: &mut Server,
        count: usize,
        act: impl FnOnce(&mut Self) -> Attacked,
    ) -> Attacked<Self> {
        if !server.survives_stop() {
            let mut crowd = Self::connect(server.place(), count)?;
            act(&mut crowd)?;
            return Ok(crowd);
        }
        server.stop()?;
        let mut crowd = Self::connect(server.place(), count)?;
        crowd.arrives(server)?;
        act(&mut crowd)?;
        server.resume()?;
        Ok(crowd)
    }

    /// All clients must be connected soon, accepted or not.
    fn arrives(&self, server: &mut Server) -> Attacked {
        let all = self.clients.len();
        let mut connected = 0;
        let outcome = server.wait_for(ARRIVAL, |_| {
            let clients = self.clients.iter();
            connected = clients.filter(|client| client.is_connected()).count();
            connected == all
        });
        outcome.map_err(|trouble| trouble.with(&format!("connected {connected} of {all}")))
    }

    /// Every second client resets its connection and leaves.
    pub fn reset_half(&mut self) -> Attacked {
        let mut leaves = false;
        let (leaving, staying) = self.clients.drain(..).partition(|_| {
            leaves = !leaves;
            leaves
        });
        self.clients = staying;
        Self { clients: leaving }.reset()
    }

    /// All clients end what they send, which was nothing.
    pub fn end_writing(&mut self) -> Attacked {
        for client in &self.clients {
            client.socket.shutdown(Shutdown::Write)?;
        }
        Ok(())
    }

    /// All clients reset their connections and leave.
    pub fn reset(self) -> Attacked {
        for client in &self.clients {
            // The close of the socket, below, then sends RST and not FIN.
            client.socket.set_linger(Some(Duration::ZERO))?;
        }
        Ok(())
    }

    /// All clients must be served within `limit`.
    pub fn is_served(&mut self, server: &mut Server, limit: Duration) -> Attacked {
        self.see(server, limit, |server, clients| {
            let greeted = server.greeted();
            let served = |client: &&Client| client.is_dropped && greeted.contains(&client.address);
            clients.iter().filter(served).count()
        })
    }

    /// All clients must see the end of their connection within `limit`, whether
    /// they are greeted or not.
    pub fn is_dropped(&mut self, server: &mut Server, limit: Duration) -> Attacked {
        self.see(server, limit, |_, clients| {
            clients.iter().filter(|client| client.is_dropped).count()
        })
    }

    /// All clients must see the end of their connection, or that it was broken off,
    /// when the server is no longer there.
    pub fn is_gone(&mut self) -> Attacked {
        let ended = |client: &mut Client| match client.socket.read(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        match wait_until(PATIENCE, || self.clients.iter_mut().all(ended)) {
            true => Ok(()),
            false => Err(Trouble::broke("some wait for ever")),
        }
    }

    /// All clients must be among those that `count` counts within `limit`.
    fn see(
        &mut self,
        server: &mut Server,
        limit: Duration,
        count: impl Fn(&Server, &[Client]) -> usize,
    ) -> Attacked {
        let all = self.clients.len();
        let mut seen = 0;
        let outcome = server.wait_for(limit, |server| {
            self.clients.iter_mut().for_each(Client::look);
            seen = count(server, &self.clients);
            seen == all
        });
        outcome.map_err(|trouble| trouble.with(&format!("served {seen} of {all}")))
    }
}

#[derive(Debug)]
struct Client {
    socket: Socket,
    /// As the server prints it.
    address: String,
    is_dropped: bool,
}

impl Client {
    /// Starts to connect. A refusal is an ordinary end of a client: it shows in
    /// that the client is never served.
    fn connect(server: &SockAddr) -> io::Result<Self> {
        let socket = Socket::new(server.domain(), Type::STREAM, None)?;
        // Bound first, so that the address is known whatever the connect says.
        let address = match server.as_socket() {
            Some(server) => {
                socket.bind(&SocketAddr::new(server.ip(), 0).into())?;
                let address = socket.local_addr()?.as_socket();
                address.ok_or(ErrorKind::AddrNotAvailable)?.to_string()
            }
            None => bind_to_a_name(&socket)?,
        };
        socket.set_nonblocking(true)?;
        // "In progress" and "refused" are both seen later.
        let _ = socket.connect(server);
        Ok(Self {
            socket,
            address,
            is_dropped: false,
        })
    }

    fn is_connected(&self) -> bool {
        self.socket.peer_addr().is_ok()
    }

    /// Looks whether the server has closed the connection.
    fn look(&mut self) {
        if !self.is_dropped {
            let end = self.socket.read(&mut [0]);
            self.is_dropped = matches!(end, Ok(0));
        }
    }
}

/// Gives a client of a Unix socket an abstract name, so that the server can say
/// who it was.
fn bind_to_a_name(socket: &Socket) -> io::Result<String> {
    static NAMES: AtomicUsize = AtomicUsize::new(0);
    let number = NAMES.fetch_add(1, Ordering::Relaxed);
    let name = format!("miocene-client-{}-{number}", process::id());
    socket.bind(&SockAddr::unix(format!("\0{name}"))?)?;
    Ok(format!("unix:@{name}"))
}
