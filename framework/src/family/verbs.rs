//! Changing a family: each call notes a member, and the loop does the rest.

use mio::Token;

use super::Family;
use super::going::Step;
use super::place::{Flag, Place};
use crate::Closed;
use crate::planted::Bug;

impl<S> Family<S> {
    /// Puts a member into the family and returns its token, which is final. The
    /// loop registers it when the handler has returned, or else when it begins.
    ///
    /// # Notes
    ///
    /// Whatever hinders it is told to `#[closed]`: the family is full, the poll
    /// refuses the member. What had been sent to it is then tried once, so that
    /// a refusal can be a polite one. It may be lost if the peer has sent something
    /// already: the system answers bytes that nobody has read with a reset.
    ///
    /// # Examples
    ///
    /// Those for whom there is no room are told so:
    ///
    /// ```
    /// use miocene::net::{TcpListener, TcpStream};
    /// use miocene::{Closed, Connection, EventLoop, Family, Flow, Lines, Token, Tokens, handlers};
    /// use std::net::SocketAddr;
    ///
    /// const SERVER: Token = Token(0);
    /// const CLIENTS: Tokens = Tokens::new(1);
    ///
    /// struct App { server: TcpListener, clients: Family<Connection<Lines>> }
    ///
    /// #[handlers]
    /// impl App {
    ///     /// Without `fills`: whoever comes is accepted.
    ///     #[handler(token = SERVER)]
    ///     fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
    ///         let mut client = Connection::new(stream);
    ///         if !self.clients.has_room() {
    ///             client.out.send(b"come back later\n");
    ///         }
    ///         self.clients.insert(client);
    ///     }
    ///
    ///     #[closed(tokens = CLIENTS)]
    ///     fn gone(&mut self, _: Connection<Lines>, why: Closed) -> Flow {
    ///         assert!(matches!(why, Closed::Refused));
    ///         Flow::Stop
    ///     }
    /// }
    /// # fn main() -> miocene::Result<()> {
    /// # use std::io::Read;
    /// # let server = TcpListener::bind("127.0.0.1:0")?;
    /// # let mut client = std::net::TcpStream::connect(server.local_addr()?)?;
    ///
    /// let clients = Family::new(CLIENTS).cap(0);
    /// EventLoop::new()?.run(&mut App { server, clients })?;
    /// # let mut answer = String::new();
    /// # client.read_to_string(&mut answer)?;
    /// # assert_eq!(answer, "come back later\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn insert(&mut self, member: S) -> Token {
        let refused = !self.has_room();
        let index = self.free.pop().unwrap_or_else(|| self.add_place());
        let place = &mut self.places[index as usize];
        place.settle_in(self.tokens, Box::new(member));
        let token = place.token(self.tokens, index);
        self.staying += 1;
        self.note(index);
        if refused && !Bug::IgnoresTheCap.is_planted() {
            self.set_out(index, Step::Now(Closed::Refused));
        }
        token
    }

    fn add_place(&mut self) -> u32 {
        // An eighth more each time: doubled, half of the places would idle.
        if self.places.len() == self.places.capacity() {
            self.places.reserve_exact(self.places.len() / 8 + 16);
        }
        self.places.push(Place::free(self.first_version));
        (self.places.len() - 1) as u32
    }

    /// Closes a member: nothing more is read from it, what is unsent is sent,
    /// and then it leaves with [`Closed::Asked`], once a
    /// connection has [lingered](Self::linger). Whether there is such a member;
    /// one that is on its way out does not count.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn close(&mut self, token: Token) -> bool {
        self.send_away(token, Step::Flush(Closed::Asked))
    }

    /// Closes a member at once, whatever is unsent:
    /// [`Closed::Aborted`]. Whether there is such a
    /// member; one that is being closed counts, and leaves with the reason that
    /// it has already.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Family, Tokens, net::TcpListener};
    ///
    /// let mut listeners = Family::new(Tokens::new(1));
    /// let token = listeners.insert(TcpListener::bind("127.0.0.1:0")?);
    /// assert!(listeners.close(token));
    /// assert!(listeners.abort(token), "it can be hurried");
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn abort(&mut self, token: Token) -> bool {
        self.send_away(token, Step::Now(Closed::Aborted))
    }

    /// Takes a member out as it is: deregistered, and with what is unread and
    /// unsent. It is handed to `#[closed]` with
    /// [`Closed::Left`]. Whether there is such a member.
    ///
    /// # Examples
    ///
    /// See [`Connection::into_parts`](crate::Connection::into_parts), and
    /// [`Flow::Leave`](crate::Flow::Leave) for the member whose handler runs.
    pub fn leave(&mut self, token: Token) -> bool {
        self.send_away(token, Step::Now(Closed::Left))
    }

    /// Stops reading from a member until [`resume`](Self::resume). No system
    /// call is made, and no edge is lost. Whether there is such a member.
    ///
    /// # Notes
    ///
    /// As for [`Context::pause`](crate::Context::pause). What is sent to it is
    /// written meanwhile. The pause at the high watermark is another: neither
    /// ends the other.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn pause(&mut self, token: Token) -> bool {
        let Some(index) = self.find(token) else {
            return false;
        };
        self.hold(index);
        true
    }

    /// Lets a member be read again, beginning in the next turn, which does not
    /// sleep if something is waiting. Whether there is such a member; one that was
    /// not paused is not changed.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn resume(&mut self, token: Token) -> bool {
        let Some(index) = self.find(token) else {
            return false;
        };
        if self.places[index as usize].has(Flag::Paused) {
            self.clear(index, Flag::Paused);
            self.places[index as usize].begin_anew();
            self.forget_wakes(index);
            self.paused -= 1;
            if !Bug::ForgetsTheResumed.is_planted() {
                self.note(index);
            }
        }
        true
    }
}
