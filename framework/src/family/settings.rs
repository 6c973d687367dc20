//! The limits of a family, as they are set.

use std::time::Duration;

use super::Family;
use super::limits::OutputLimits;
use crate::tokens::PLACES;

impl<S> Family<S> {
    /// How many members there may be: 10,000 unless this is set. One that is
    /// inserted above it leaves at once, with
    /// [`Closed::Refused`](crate::Closed::Refused); a listener that
    /// `fills` the family does not accept until there is room.
    ///
    /// # Notes
    ///
    /// Members on their way out (being flushed, lingering) do not count, unless
    /// they are as many again. More than 2^30, or 16,384 on systems of 32 bits, is
    /// taken for that.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Family, Tokens, net::TcpListener};
    ///
    /// let mut listeners = Family::new(Tokens::new(1)).cap(1);
    /// listeners.insert(TcpListener::bind("127.0.0.1:0")?);
    /// assert!(!listeners.has_room());
    /// # Ok::<(), miocene::Error>(())
    /// ```
    pub fn cap(mut self, members: usize) -> Self {
        self.limits.members = members.min(PLACES / 2);
        self
    }

    /// How long a member may be idle: for a connection 75 seconds, and for any
    /// other source for ever, unless this is set. Nothing
    /// has come from it in this time, and nothing could be sent to it. Reading
    /// then ends with [`Ended::Idle`](crate::Ended::Idle). `Duration::MAX` for
    /// ever.
    ///
    /// # Notes
    ///
    /// Never early, and late by at most a sixteenth, or by a tenth of a second
    /// where the time is shorter than that. The time rests while the application
    /// has paused the member and nothing is to be sent to it, and begins anew
    /// when it is resumed. An event for it counts as something that has come, also
    /// one that nobody has earned, as systems may report.
    ///
    /// It also limits how long a member that is being closed, or that has ended
    /// and stays to be written to, may take nothing: then it leaves with the reason
    /// that it has, or `Closed::Ended(Ended::Idle)`.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn idle(mut self, time: Duration) -> Self {
        self.limits.idle = Some(time);
        self
    }

    /// How long a member that [`connect`](Self::connect) has made may take to be
    /// connected: 10 seconds unless this is set. It then leaves with
    /// [`Closed::Connect`](crate::Closed::Connect) and
    /// [`TimedOut`](std::io::ErrorKind::TimedOut), or the last error of what was tried
    /// again. With zero nobody is ever connected; `Duration::MAX` is for as long as the
    /// system tries, two minutes and more on Linux (tcp(7), `tcp_syn_retries`).
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Connection, Family, Lines, Tokens};
    /// use std::time::Duration;
    ///
    /// let servers: Family<Connection<Lines>> =
    ///     Family::new(Tokens::new(1)).connecting(Duration::from_secs(2));
    /// ```
    pub fn connecting(mut self, time: Duration) -> Self {
        self.limits.connecting = time;
        self
    }

    /// How long a connection's peer may take to complete a message: 30 seconds
    /// unless this is set. Counts from the first byte of an incomplete frame,
    /// whatever trickles in. Reading then ends with
    /// [`Ended::Deadline`](crate::Ended::Deadline). `Duration::MAX` for ever.
    ///
    /// # Notes
    ///
    /// As for [`idle`](Self::idle). The time does not run while the member is not
    /// read.
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Connection, Family, Lines, Tokens};
    /// use std::time::Duration;
    ///
    /// let clients: Family<Connection<Lines>> =
    ///     Family::new(Tokens::new(1)).message(Duration::from_secs(5));
    /// ```
    pub fn message(mut self, time: Duration) -> Self {
        self.limits.message = time;
        self
    }

    /// How long a frame of a connection may be, in bytes: 8 KiB unless this is
    /// set, with what the framing adds to it (header or end). A longer one ends
    /// reading with [`Ended::TooLong`](crate::Ended::TooLong), as soon as it is
    /// known to be. Framings that do not wait for a whole frame, as
    /// [`Bytes`](crate::Bytes), have no limit.
    ///
    /// # Notes
    ///
    /// What a connection keeps of an incomplete frame is at most this and the
    /// 64 KiB that one drain may read.
    ///
    /// # Examples
    ///
    /// See [`Family`].
    pub fn frame(mut self, bytes: usize) -> Self {
        self.limits.frame = bytes;
        self
    }

    /// How much may be unsent on a connection, in bytes: 64 KiB, 256 KiB and
    /// 1 MiB unless this is set. Above `high` nothing is read from the peer, and
    /// at or below `low` it is again; above `cap` the connection is closed: see
    /// [`Outbox`](crate::Outbox).
    ///
    /// That is right for who answers. Who relays, from one connection to another, is
    /// to read the one though it does not read: with `high` as large as `cap`, and
    /// [`pause`](Self::pause) of the other one while too much is unsent.
    ///
    /// # Panics
    ///
    /// If they are not in this order.
    ///
    /// # Examples
    ///
    /// Peers to whom little is sent, and who are to read it soon:
    ///
    /// ```
    /// use miocene::{Connection, Family, Lines, Tokens};
    ///
    /// let clients: Family<Connection<Lines>> =
    ///     Family::new(Tokens::new(1)).unsent(4 * 1024, 16 * 1024, 64 * 1024);
    /// ```
    pub fn unsent(mut self, low: usize, high: usize, cap: usize) -> Self {
        assert!(
            low <= high && high <= cap,
            "of what is unsent, `low` is at most `high`, and `high` at most `cap`"
        );
        self.limits.output = OutputLimits { low, high, cap };
        self
    }

    /// How long a connection that is closed waits for its peer to read what was
    /// sent last, and how many bytes that still come from it are read and
    /// dropped: 5 seconds and 64 KiB unless this is set. Without it, what the
    /// peer sends after the close makes the system throw away what it has not
    /// read yet. A peer that was sent nothing and has said nothing in that time is not
    /// waited for; with a time of zero nobody is, nor after
    /// [`abort`](Self::abort).
    ///
    /// # Examples
    ///
    /// ```
    /// use miocene::{Connection, Family, Lines, Tokens};
    /// use std::time::Duration;
    ///
    /// let clients: Family<Connection<Lines>> =
    ///     Family::new(Tokens::new(1)).linger(Duration::from_secs(1), 4 * 1024);
    /// ```
    pub fn linger(mut self, time: Duration, bytes: usize) -> Self {
        (self.limits.linger, self.limits.linger_bytes) = (time, bytes);
        self
    }
}
