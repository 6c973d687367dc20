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
mod connect;
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
pub use connect::Connect;
pub use listen_options::ListenOptions;
pub use listener::Listener;
pub use stream::Stream;
pub use tcp_listener::TcpListener;
pub use tcp_stream::TcpStream;
#[cfg(unix)]
pub use unix_listener::UnixListener;
#[cfg(unix)]
pub use unix_stream::UnixStream;

#[cfg(test)]
mod tests {
    use std::fmt::Debug;
    use std::io::{Read, Write};
    use std::panic::{RefUnwindSafe, UnwindSafe};

    use mio::event::Source;

    use super::*;
    use crate::{Drain, EventLoop, Transport, Writable};

    const fn can_be_sent<T: Send + Sync + Unpin + Debug>() {}
    const fn has_no_ties<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Debug>() {}
    const fn is_a_stream<T: Transport + Writable + Read + Write + Source>() {}
    const fn is_a_listener<T: Drain + Source>() {}

    /// With simulation and without.
    #[test]
    fn what_a_program_may_do_with_a_type_does_not_depend_on_how_it_is_tested() {
        can_be_sent::<EventLoop>();
        has_no_ties::<TcpListener>();
        has_no_ties::<TcpStream>();
        has_no_ties::<Listener>();
        has_no_ties::<Stream>();
        is_a_stream::<TcpStream>();
        is_a_stream::<Stream>();
        is_a_listener::<TcpListener>();
        is_a_listener::<Listener>();
    }

    #[test]
    #[cfg(unix)]
    fn neither_does_what_it_may_do_on_unix() {
        use std::os::fd::AsFd;

        const fn has_a_descriptor<T: AsFd>() {}

        has_no_ties::<UnixListener>();
        has_no_ties::<UnixStream>();
        is_a_stream::<UnixStream>();
        is_a_listener::<UnixListener>();
        has_a_descriptor::<TcpListener>();
        has_a_descriptor::<TcpStream>();
        has_a_descriptor::<UnixListener>();
        has_a_descriptor::<UnixStream>();
        has_a_descriptor::<Listener>();
        has_a_descriptor::<Stream>();
    }

    #[test]
    #[cfg(not(feature = "sim"))]
    fn a_stream_is_no_larger_than_one_of_mio() {
        assert_eq!(size_of::<TcpStream>(), size_of::<mio::net::TcpStream>());
        #[cfg(unix)]
        assert_eq!(size_of::<UnixStream>(), size_of::<mio::net::UnixStream>());
    }
}
