use std::fmt;

use mio::Token;

use super::choices::Choices;
use super::faults::Faults;
use super::simulation::Sim;
use super::world::Name;
use crate::net::{TcpStream, UnixStream};
use crate::{Config, Connection, Context, EventLoop, Family, Framing};

/// What one handler needs to be called without a loop: a context, connections, and
/// a member lent as the loop does.
///
/// Nothing of it is settled or sent: what a handler sends is looked at with
/// [`Outbox::unsent`](crate::Outbox::unsent).
///
/// # Examples
///
/// ```
/// use miocene::sim::Stage;
/// use miocene::{Connection, Context, Family, Lines, Tokens, handlers};
///
/// const GUESTS: Tokens = Tokens::new(1);
///
/// struct Chat { guests: Family<Connection<Lines>> }
///
/// #[handlers]
/// impl Chat {
///     #[handler(tokens = GUESTS)]
///     fn line(&mut self, cx: &mut Context<'_>, guest: &mut Connection<Lines>, line: &str) {
///         if line == "stop" {
///             return cx.stop();
///         }
///         guest.out.send(b"you said it\n");
///         for other in self.guests.iter_mut() {
///             writeln!(other.out, "{line}");
///         }
///     }
/// }
///
/// # fn main() {
/// let mut stage = Stage::new();
/// let mut chat = Chat { guests: Family::new(GUESTS) };
/// let [ann, bob] = [(); 2].map(|()| chat.guests.insert(stage.connection(())));
///
/// stage.lend(&mut chat, |chat| &mut chat.guests, ann, |chat, cx, guest| {
///     chat.line(cx, guest, "hello");
/// });
/// assert_eq!(chat.guests.get(ann).unwrap().out.unsent(), b"you said it\n");
/// assert_eq!(chat.guests.get(bob).unwrap().out.unsent(), b"hello\n");
/// # }
/// ```
pub struct Stage {
    event_loop: EventLoop,
    sim: Sim,
}

impl Stage {
    /// An empty stage. While it lives, the thread is in its simulated world.
    ///
    /// # Panics
    ///
    /// If there is no loop to be had.
    pub fn new() -> Stage {
        let sim = Sim::new(Choices::from_seed(0, &Faults::none()));
        let event_loop = match EventLoop::with_config(Config::default()) {
            Ok(event_loop) => event_loop,
            Err(error) => panic!("there is no loop for a context: {error:?}"),
        };
        Stage { event_loop, sim }
    }

    /// The context that a handler is called with.
    pub fn context(&mut self) -> Context<'_> {
        self.event_loop.context()
    }

    /// A connection with a state, whose peer says nothing.
    pub fn connection<F: Framing + Default, T>(&self, state: T) -> Connection<F, T> {
        Connection::with_state(self.stream(), state)
    }

    /// A connected stream, whose peer says nothing.
    pub fn stream(&self) -> TcpStream {
        TcpStream::simulated(self.sim.connected(|number| {
            let ip = std::net::Ipv4Addr::LOCALHOST;
            Name::Tcp((ip, number).into())
        }))
    }

    /// A connected stream of a Unix socket.
    pub fn unix_stream(&self) -> UnixStream {
        UnixStream::simulated(self.sim.connected(|_| Name::Unix(None)))
    }

    /// Calls a handler with a member lent: it is beside the application, and not in
    /// its family.
    ///
    /// # Panics
    ///
    /// If there is no such member.
    #[track_caller]
    pub fn lend<A, S, R>(
        &mut self,
        app: &mut A,
        family: impl Fn(&mut A) -> &mut Family<S>,
        token: Token,
        call: impl FnOnce(&mut A, &mut Context<'_>, &mut S) -> R,
    ) -> R {
        let Some(mut member) = family(app).lend_to_test(token) else {
            panic!("there is no member with the token {token:?}");
        };
        let mut cx = self.event_loop.context();
        cx.token = token;
        let result = call(app, &mut cx, &mut member);
        family(app).give_back_of_test(token, member);
        result
    }
}

impl Default for Stage {
    fn default() -> Stage {
        Stage::new()
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stage")
    }
}
