//! The attributes of [miocene](https://docs.rs/miocene). Use them through that
//! crate: the code they write names its items, and its version is pinned to
//! this one's.
//!
//! The way from an impl block to what is made of it, a file each: `args` (what
//! an attribute says) → `model` (which method is called for what) → `check`
//! (every rule) → `expand` (the implementation of `miocene::Handlers`). The
//! user's block comes first in the output and is not changed but for our
//! attributes, which are taken off. Bodies are never parsed.

mod args;
mod arguments;
mod block;
mod check;
mod condition;
mod expand;
mod handlers;
mod method;
mod mistakes;
mod model;
mod outside;
mod signature;
mod strip;
#[cfg(test)]
mod tests;
mod trees;
mod values;

use proc_macro::TokenStream;

/// Makes an application of a type: its methods marked [`#[handler]`](macro@handler)
/// are called when their sources are ready.
///
/// It stands on one `impl` block of the type, which may have other methods,
/// constants and types besides. The block stays what it is; an implementation
/// of `miocene::Handlers` is added, with which an event loop can run the
/// application. `use miocene::handlers` is the only import that is needed: the
/// attributes inside of the block are read by this one.
///
/// ```ignore
/// use miocene::{handlers, net::{TcpListener, TcpStream}, EventLoop, Token};
/// use std::net::SocketAddr;
///
/// const SERVER: Token = Token(0);
///
/// struct Guide { server: TcpListener }
///
/// #[handlers]
/// impl Guide {
///     #[handler(token = SERVER, interest = READABLE)]
///     fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) {
///         println!("Got a connection from: {address}");
///     }
/// }
///
/// fn main() -> miocene::Result<()> {
///     let server = TcpListener::bind("127.0.0.1:9000")?;
///     EventLoop::new()?.run(&mut Guide { server })
/// }
/// ```
///
/// | attribute | parameters after `&mut self` |
/// |---|---|
/// | `#[handler(token = T)]` | `[cx,] item` |
/// | `#[handler(token = T, interest = WRITABLE)]` | `[cx]` |
/// | `#[handler(token = T, raw)]` | `[cx,] ready: &mut Readiness` |
/// | `#[ended(token = T)]` | `[cx,] why: Ended` |
/// | `#[failed]` | `[cx,] failure: Failure<'_>` |
///
/// `cx: &mut Context<'_>` may be left out, and `&self` will do where nothing is
/// changed. A handler returns `()`, `Flow`, `Result<(), E>` or `Result<Flow, E>`.
///
/// # Arguments
///
/// `#[handlers(crate = path)]` says where the framework is, for a crate that
/// re-exports it:
///
/// ```ignore
/// #[handlers(crate = my_framework::miocene)]
/// impl Guide { /* … */ }
/// ```
#[proc_macro_attribute]
pub fn handlers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    handlers::expand(arguments.into(), item.into()).into()
}

/// Marks a method to be called when a source is ready, in a block under
/// [`#[handlers]`](macro@handlers).
///
/// * `token = T`: the constant under which the source is registered, by any
///   path: `SERVER`, `tokens::SERVER`, `Self::SERVER`. Its value is below 2^24.
/// * `interest = READABLE` (which is meant when it is left out) or
///   `interest = WRITABLE`. `Interest::READABLE` and `mio::Interest::READABLE`
///   mean the same; the words are read here and need no import.
/// * `raw`: the method does its own input and output. Both interests may then
///   be had at once, `interest = READABLE | WRITABLE`.
/// * `source = self.a.b`: the field with the source. Left out, it is the one
///   that is named like the token in lower case: `SERVER` is `self.server`. It
///   is said once for a token.
///
/// ```ignore
/// #[handlers]
/// impl App {
///     /// Called for each connection that is accepted.
///     #[handler(token = SERVER)]
///     fn accept(&mut self, (stream, address): (TcpStream, SocketAddr)) { /* … */ }
///
///     /// Called when there is room to write again.
///     #[handler(token = PEER, interest = WRITABLE)]
///     fn room(&mut self, cx: &mut Context<'_>) -> Flow { /* … */ }
///
///     /// Called when the socket is ready, to read and write by itself.
///     #[handler(token = SOCKET, interest = READABLE | WRITABLE, raw)]
///     fn socket(&mut self, ready: &mut Readiness) -> io::Result<()> { /* … */ }
/// }
/// ```
///
/// Two of them on one method are two bindings: two listeners, the same code.
#[proc_macro_attribute]
pub fn handler(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("handler", item.into()).into()
}

/// Marks the method to be told of each new member of a family, in a block under
/// [`#[handlers]`](macro@handlers).
///
/// Families of sources are not in this version yet.
#[proc_macro_attribute]
pub fn opened(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("opened", item.into()).into()
}

/// Marks the method to be told that reading from a source is over, in a block
/// under [`#[handlers]`](macro@handlers).
///
/// ```ignore
/// #[ended(token = CHILD)]
/// fn gone(&mut self, why: Ended) -> Flow { Flow::Stop }
/// ```
#[proc_macro_attribute]
pub fn ended(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("ended", item.into()).into()
}

/// Marks the method that is given each member of a family when it leaves, in a
/// block under [`#[handlers]`](macro@handlers).
///
/// Families of sources are not in this version yet.
#[proc_macro_attribute]
pub fn closed(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("closed", item.into()).into()
}

/// Marks the method to be told of every error that nobody else was told of, in
/// a block under [`#[handlers]`](macro@handlers). It stands on one method.
///
/// ```ignore
/// #[failed]
/// fn log(&mut self, failure: Failure<'_>) {
///     eprintln!("{failure}");
/// }
/// ```
#[proc_macro_attribute]
pub fn failed(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    outside::expand("failed", item.into()).into()
}
