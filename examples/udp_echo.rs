//! Sends every datagram back: a mio socket taken as it is, by a handler that
//! does its own I/O.
//!
//!     cargo run --example udp_echo [ADDRESS]

use std::io::{self, Write, stdout};
use std::net::SocketAddr;

use miocene::mio::net::UdpSocket;
use miocene::{EventLoop, Interest, Readiness, Token, handlers};

pub const SOCKET: Token = Token(0);

pub struct Echo {
    pub socket: UdpSocket,
    buffer: [u8; 65_536],
}

impl Echo {
    pub fn bind(address: SocketAddr) -> io::Result<Echo> {
        let socket = UdpSocket::bind(address)?;
        let buffer = [0; 65_536];
        Ok(Echo { socket, buffer })
    }
}

#[handlers]
impl Echo {
    /// Takes one datagram. The loop calls again while there may be another.
    ///
    /// Some systems tell the receiver of a datagram that could not be sent
    /// earlier: nobody's error is a reason to stop serving the others.
    #[handler(token = SOCKET, interest = READABLE, raw)]
    fn datagram(&mut self, ready: &mut Readiness) {
        let received = ready.try_io(Interest::READABLE, || {
            self.socket.recv_from(&mut self.buffer)
        });
        if let Ok((length, from)) = received {
            // Datagrams may get lost; if this one cannot be sent, it is.
            let _ = self.socket.send_to(&self.buffer[..length], from);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or("127.0.0.1:9000").parse()?;
    let mut echo = Echo::bind(address)?;
    let _ = writeln!(stdout(), "listening on {}", echo.socket.local_addr()?);
    Ok(EventLoop::new()?.run(&mut echo)?)
}
