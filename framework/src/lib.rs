#![doc = include_str!("../docs/guide.md")]
#![forbid(unsafe_code)]

mod attend;
mod channel;
mod closed;
mod config;
mod connection;
mod context;
mod counters;
mod deadlines;
pub mod drain;
mod driven;
mod ended;
mod error;
mod event_loop;
mod failure;
pub mod family;
#[cfg(unix)]
mod fd;
mod flow;
mod framing;
mod handlers;
mod handoff;
mod input;
mod life;
mod mailbox;
pub mod net;
mod planted;
mod raw;
mod readiness;
mod registration;
mod remote;
mod selector;
mod session;
#[cfg(feature = "sim")]
pub mod sim;
mod slot;
mod source;
mod state;
mod stopping;
mod system;
pub mod table;
mod telling;
mod time;
mod tokens;
mod transport;
mod waiting;
mod wake;

pub use channel::{Receiver, SendError, Sender, TryRecvError, TrySendError, channel};
pub use closed::{Closed, ConnectError};
pub use config::{Config, Panics};
pub use connection::{Connection, Outbox, Parts};
pub use context::Context;
pub use counters::{ClosedCounts, Counters};
pub use drain::{Budget, Drain, Next};
pub use ended::Ended;
pub use error::{Error, Result};
pub use event_loop::{EventLoop, Turn};
pub use failure::Failure;
pub use family::Family;
#[cfg(unix)]
pub use fd::Fd;
pub use flow::{BoxError, Flow, Outcome};
pub use framing::{ByteLines, Bytes, Encode, FrameError, Framing, LengthPrefixed, Lines, Split};
pub use handlers::Handlers;
pub use input::Input;
pub use mio;
pub use mio::{Interest, Token};
pub use miocene_macros::{closed, ended, failed, handler, handlers, opened};
pub use readiness::Readiness;
pub use remote::{Remote, RemoteError};
pub use source::{EventSource, Unregistered, Writable};
pub use table::table;
pub use time::{Alarm, Interval, Missed, Tick, TimerId, Timers};
pub use tokens::Tokens;
pub use transport::Transport;
pub use wake::{Wake, Waking};

/// Whether the library was built with the feature `sim`, in which loops and
/// sockets may be simulated ones: for benchmarks, which then would measure something
/// else.
///
/// # Examples
///
/// ```
/// if miocene::SIMULATION {
///     eprintln!("not measured: build it without the feature `sim`");
/// }
/// ```
pub const SIMULATION: bool = cfg!(feature = "sim");

#[cfg(all(feature = "sim", not(unix)))]
compile_error!("the feature `sim` of `miocene` is for Unix only");

pub mod prelude {
    //! What nearly every application names.
    //!
    //! ```
    //! use miocene::prelude::*;
    //!
    //! const SERVER: Token = Token(0);
    //! # struct App { server: TcpListener }
    //! # #[handlers]
    //! # impl App {
    //! #     #[handler(token = SERVER)]
    //! #     fn accept(&mut self, _: (TcpStream, std::net::SocketAddr)) -> Flow { Flow::Continue }
    //! # }
    //! ```

    #[cfg(unix)]
    pub use crate::Fd;
    pub use crate::net::{TcpListener, TcpStream};
    pub use crate::{
        Alarm, ByteLines, Bytes, Closed, Connection, Context, Drain, Ended, EventLoop, Failure,
        Family, Flow, Framing, Input, Interest, Interval, LengthPrefixed, Lines, Next, Readiness,
        Receiver, Remote, Sender, Tick, Timers, Token, Tokens, channel, handlers,
    };
}

#[cfg(miocene_planted)]
#[doc(hidden)]
pub mod __planted {
    //! For the tests that show which mistakes of the loop the simulator finds.

    pub use crate::planted::{Bug, plant};
}

#[doc(hidden)]
pub mod __private {
    //! What the code of `#[handlers]` names. Not for use by hand, and free to
    //! change with each version: both crates are pinned to each other.

    pub use core::option::Option::{self, None, Some};
    pub use core::primitive::u8;
    pub use core::result::Result::{self, Ok};
    pub use std::io;
    pub use std::vec::Vec;

    pub use mio::event::Source;

    pub use crate::drain::{items, items_filling, raw, writable};
    pub use crate::family::{
        Hooks, Visitor, items as family_items, items_filling as family_items_filling,
        raw as family_raw, unread as family_unread, writable as family_writable,
    };
    pub use crate::source::owner;
    pub use crate::table::{Entry, Kind, slot};
    pub use crate::{
        BoxError, Closed, Context, Drain, Ended, EventSource, Failure, Family, Flow, Handlers,
        Input, Interest, Outcome, Readiness, Token, Tokens, Waking, Writable,
    };
}
