//! Sockets, as sources of the loop.

/// Does the same with either kind of what [`Listener`] and [`Stream`] hold.
macro_rules! either {
    ($kind:expr, $socket:ident => $does:expr) => {
        match $kind {
            Kind::Tcp($socket) => $does,
            #[cfg(unix)]
            Kind::Unix($socket) => $does,
        }
    };
}

mod accept;
mod address;
mod listen_options;
mod listener;
mod stream;
mod tcp_listener;
mod tcp_stream;
#[cfg(unix)]
mod unix_listener;
#[cfg(unix)]
mod unix_stream;

pub use accept::AcceptCounts;
pub use address::Address;
pub use listen_options::ListenOptions;
pub use listener::Listener;
pub use stream::Stream;
pub use tcp_listener::TcpListener;
pub use tcp_stream::TcpStream;
#[cfg(unix)]
pub use unix_listener::UnixListener;
#[cfg(unix)]
pub use unix_stream::UnixStream;
