//! The guide server with a handler that only counts.
//!
//! The optional argument is the listener's budget, `Config::accepts`.

use std::error::Error;
use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Config, EventLoop, Token, handlers};

const SERVER: Token = Token(0);

struct Guide {
    server: TcpListener,
    accepted: u64,
}

#[handlers]
impl Guide {
    #[handler(token = SERVER, interest = READABLE)]
    fn accept(&mut self, (_connection, _address): (TcpStream, SocketAddr)) {
        self.accepted += 1;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut config = Config::default();
    if let Some(accepts) = std::env::args().nth(1) {
        config.accepts = accepts.parse()?;
    }
    let server = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", server.local_addr()?);
    let mut guide = Guide {
        server,
        accepted: 0,
    };
    let result = EventLoop::with_config(config)?.run(&mut guide);
    println!("{} connections", guide.accepted);
    Ok(result?)
}
