#![doc = include_str!("../docs/guide.md")]
#![forbid(unsafe_code)]

mod config;
mod context;
mod counters;
mod deadlines;
pub mod drain;
mod ended;
mod error;
mod event_loop;
mod failure;
#[cfg(unix)]
mod fd;
mod flow;
mod handlers;
mod input;
mod life;
pub mod net;
mod raw;
mod readiness;
mod registration;
mod selector;
mod session;
mod slot;
mod source;
mod state;
pub mod table;
mod telling;

pub use config::Config;
pub use context::Context;
pub use counters::Counters;
pub use drain::{Budget, Drain, Next};
pub use ended::Ended;
pub use error::{Error, Result};
pub use event_loop::{EventLoop, Turn};
pub use failure::Failure;
#[cfg(unix)]
pub use fd::Fd;
pub use flow::{BoxError, Flow, Outcome};
pub use handlers::Handlers;
pub use input::Input;
pub use mio;
pub use mio::{Interest, Token};
pub use miocene_macros::{closed, ended, failed, handler, handlers, opened};
pub use readiness::Readiness;
pub use source::{EventSource, Writable};
pub use table::table;

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
        Context, Drain, Ended, EventLoop, Failure, Flow, Input, Interest, Next, Readiness, Token,
        handlers,
    };
}

#[doc(hidden)]
pub mod __private {
    //! What the code of `#[handlers]` names. Not for use by hand, and free to
    //! change with each version: both crates are pinned to each other.

    pub use core::option::Option::{self, None, Some};
    pub use core::primitive::u8;
    pub use core::result::Result::{self, Ok};
    pub use std::vec::Vec;

    pub use mio::event::Source;

    pub use crate::drain::{items, raw, writable};
    pub use crate::source::owner;
    pub use crate::table::{Entry, slot};
    pub use crate::{
        BoxError, Context, Drain, Ended, EventSource, Failure, Flow, Handlers, Input, Interest,
        Outcome, Readiness, Token, Writable,
    };
}
