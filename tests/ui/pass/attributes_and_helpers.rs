#![deny(warnings, missing_docs, clippy::all)]
#![forbid(unsafe_code)]
//! Docs and attributes on handlers, and other items beside them.

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Failure, Token, handlers};

/// A token.
pub const SERVER: Token = Token(0);

/// An application.
#[derive(Debug)]
pub struct App {
    server: TcpListener,
}

macro_rules! method {
    ($name:ident) => {
        fn $name(&self) {}
    };
}

/// Its handlers.
#[handlers]
#[allow(clippy::unused_self)]
impl App {
    #![allow(clippy::needless_pass_by_value)]

    /// A limit.
    pub const LIMIT: usize = { 1 + 1 };

    /// A function as a constant.
    pub const MAKE: fn(TcpListener) -> App = Self::new;

    method! { generated }
    method!(another);

    /// Makes one.
    #[must_use]
    pub const fn new(server: TcpListener) -> App {
        Self { server }
    }

    /// Called for each connection.
    ///
    /// # Errors
    ///
    /// None.
    #[inline]
    #[must_use]
    #[handler(token = SERVER, interest = READABLE)]
    #[doc(hidden)]
    #[allow(dead_code)]
    #[cfg_attr(all(), doc = "More.")]
    #[track_caller]
    pub(crate) fn accept(&mut self, #[allow(unused_variables)] (_, address): (TcpStream, SocketAddr)) -> miocene::Result<()> {
        self.generated();
        self.another();
        self.helper(Self::LIMIT);
        Ok(())
    }

    #[failed]
    fn log(&self, failure: Failure<'_>) {
        let _ = failure;
    }

    fn helper(&self, _: usize) {}

    /// Generic, but no handler.
    pub async fn generic<T, const N: usize>(self, _: [T; N], _: impl Send) -> Option<T> {
        None
    }
}

fn main() {
    let app = (App::MAKE)(TcpListener::bind("127.0.0.1:0").unwrap());
    let _ = miocene::table::<App>();
    drop(app.generic::<u8, 0>([], ()));
}
