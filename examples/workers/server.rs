//! The server: hands jobs in, and has those wait for whom there is no room.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Connection, Context, Ended, Family, Flow, Lines, Remote, Token, Tokens, handlers};

use super::job::Job;
use super::pool::Desk;
use super::primes::LARGEST;

const SERVER: Token = Token(0);
const ROOM: Token = Token(1);
const CLIENTS: Tokens = Tokens::new(1);

/// The longest line.
pub const LINE: usize = 1024;
/// Who asks nothing for so long, and is answered nothing, is let go.
pub const IDLE: Duration = Duration::from_secs(600);

/// What is known of a client.
#[derive(Default)]
pub struct Asker {
    /// For its jobs, as long as it may have some.
    remote: Option<Arc<Remote>>,
    /// The job that there was no room for. It is paused meanwhile.
    held: Option<Job>,
}

pub type Client = Connection<Lines, Asker>;

pub struct Workers {
    pub server: TcpListener,
    pub clients: Family<Client>,
    desk: Desk,
    /// Those who hold a job, in the order in which they came.
    pub waiting: VecDeque<Token>,
}

impl Workers {
    pub fn bind(address: &str, desk: Desk) -> miocene::Result<Workers> {
        let server = TcpListener::bind(address)?;
        let clients = Family::new(CLIENTS).frame(LINE).idle(IDLE);
        let waiting = VecDeque::new();
        Ok(Workers {
            server,
            clients,
            desk,
            waiting,
        })
    }
}

#[handlers]
impl Workers {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _address): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[opened(tokens = CLIENTS)]
    fn opened(&mut self, cx: &mut Context<'_>, client: &mut Client) {
        let remote = cx.remote(cx.token());
        client.state.remote = Some(Arc::new(remote));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, cx: &mut Context<'_>, client: &mut Client, line: &str) -> Flow {
        match (line, line.parse()) {
            (_, Ok(number)) if number <= LARGEST => return self.asked(cx, client, number),
            ("stats", _) => {
                let counts = &self.desk.counts;
                let [done, skipped, failed] = [&counts.done, &counts.skipped, &counts.failed]
                    .map(|count| count.load(Ordering::Relaxed));
                writeln!(client.out, "done {done} skipped {skipped} failed {failed}");
            }
            ("stop", _) => return Flow::Stop,
            _ => writeln!(
                client.out,
                "error: a number up to {LARGEST}, `stats` or `stop`"
            ),
        }
        Flow::Continue
    }

    /// Those who wait have the places that are free now, one each.
    #[handler(token = ROOM, source = self.desk.room)]
    fn room(&mut self, cx: &mut Context<'_>, _: ()) {
        while let Some(token) = self.waiting.pop_front() {
            // It may have gone.
            let Some(client) = self.clients.get_mut(token) else {
                continue;
            };
            let Some(job) = client.state.held.take() else {
                continue;
            };
            client.state.held = self.desk.hand_in(cx, job);
            if client.state.held.is_some() {
                self.waiting.push_front(token);
                return;
            }
            self.clients.resume(token);
        }
    }

    /// Who has no more questions stays until the last is answered.
    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, client: &mut Client, why: Ended) -> Flow {
        if !matches!(why, Ended::Eof) {
            writeln!(client.out, "error: {why}");
            return Flow::Close;
        }
        match client.state.remote.take().and_then(Arc::into_inner) {
            Some(_last) => Flow::Close,
            None => Flow::Continue,
        }
    }
}

impl Workers {
    /// Hands a job in. If there is no room, the client is not read until there is.
    fn asked(&mut self, cx: &mut Context<'_>, client: &mut Client, number: u64) -> Flow {
        let Some(remote) = &client.state.remote else {
            return Flow::Continue;
        };
        let job = Job {
            number,
            asker: Arc::clone(remote),
        };
        // Nobody overtakes those who wait already.
        client.state.held = match self.waiting.is_empty() {
            true => self.desk.hand_in(cx, job),
            false => Some(job),
        };
        if client.state.held.is_none() {
            return Flow::Continue;
        }
        self.waiting.push_back(cx.token());
        Flow::Pause
    }
}
