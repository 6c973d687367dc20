//! The server: its sources, and what is done when something comes from them.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use miocene::net::{TcpListener, TcpStream};
use miocene::{Connection, Context, Ended, Family, Flow, Token, Tokens, handlers};

use super::commands;
use super::keyspace::{Keyspace, Place};
use super::request::Request;
use super::resp::{LONGEST, ProtocolError};
use super::session::{Client, Session};

const SERVER: Token = Token(0);
const DEADLINES: Token = Token(1);
const CLIENTS: Tokens = Tokens::new(1);

/// How many clients there may be. More wait until one leaves.
pub const MOST_CLIENTS: usize = 10_000;

pub struct RedisKv {
    pub server: TcpListener,
    pub clients: Family<Client>,
    pub keyspace: Keyspace,
    pub since: Instant,
    /// How many clients have come, and how many commands were given.
    pub connections: i64,
    pub commands: u64,
}

impl RedisKv {
    pub fn bind(address: &str) -> miocene::Result<RedisKv> {
        let server = TcpListener::bind(address)?;
        Ok(RedisKv {
            server,
            clients: clients(),
            keyspace: Keyspace::new(),
            since: Instant::now(),
            connections: 0,
            commands: 0,
        })
    }
}

/// Limits as Redis has them, where it has any.
fn clients() -> Family<Client> {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;

    Family::new(CLIENTS)
        .cap(MOST_CLIENTS)
        // One may be silent for ever, also in the midst of a command: whose system
        // has gone is found by the keepalive.
        .idle(Duration::MAX)
        .message(Duration::MAX)
        .frame(LONGEST)
        // Who does not read his answers is not listened to; but one answer may be
        // as long as the values are.
        .unsent(64 * KIB, 256 * KIB, 1024 * MIB)
        // Who sends 10 MB of nonsense is to read what is wrong with it.
        .linger(Duration::from_secs(5), 16 * MIB)
}

#[handlers]
impl RedisKv {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(
        &mut self,
        cx: &mut Context<'_>,
        (stream, _address): (TcpStream, SocketAddr),
    ) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_keepalive(true)?;
        self.connections += 1;
        let session = Session::new(self.connections, cx.now());
        self.clients.insert(Connection::with_state(stream, session));
        Ok(())
    }

    #[handler(tokens = CLIENTS)]
    fn request(&mut self, cx: &mut Context<'_>, client: &mut Client, request: Request<'_>) {
        self.commands += 1;
        commands::call(self, client, &request, cx.now());
    }

    #[handler(token = DEADLINES, source = self.keyspace.deadlines)]
    fn expires(&mut self, cx: &mut Context<'_>, place: Place) {
        self.keyspace.expire(place, cx.now());
    }

    /// Who does not keep to the protocol is told before he goes.
    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, client: &mut Client, why: Ended) -> Flow {
        if let Ended::Frame(error) = why {
            if let Some(error) = error.get_ref().downcast_ref::<ProtocolError>() {
                client.out.send(&error.to_line());
            }
        }
        Flow::Close
    }
}
