//! Sockets: mio's, as sources of the loop.

mod accept;
mod tcp_listener;
mod tcp_stream;

pub use accept::AcceptCounts;
pub use tcp_listener::{ListenOptions, TcpListener};
pub use tcp_stream::TcpStream;
