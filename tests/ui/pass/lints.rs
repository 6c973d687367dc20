#![forbid(unsafe_code)]
#![deny(warnings)]
#![deny(missing_docs, unused, future_incompatible, nonstandard_style, rust_2018_idioms)]
#![deny(unreachable_pub, unused_qualifications, single_use_lifetimes, trivial_casts)]
#![deny(let_underscore_drop, missing_debug_implementations, unused_results)]
#![deny(clippy::all, clippy::pedantic)]
//! No lint speaks of what is generated.

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Context, Ended, Failure, Flow, Readiness, Token, handlers};

const SERVER: Token = Token(0);
const ADMIN: Token = Token(1);
const SOCKET: Token = Token(2);
const STREAM: Token = Token(3);

#[derive(Debug)]
struct App {
    server: TcpListener,
    admin: TcpListener,
    socket: miocene::mio::net::UdpSocket,
    stream: miocene::mio::net::TcpStream,
    count: usize,
}

#[handlers]
impl App {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) -> Flow {
        self.count += 1;
        Flow::Continue
    }

    #[deprecated]
    #[handler(token = ADMIN)]
    fn admin(&mut self, cx: &mut Context<'_>, _: (TcpStream, SocketAddr)) -> miocene::Result<()> {
        let _ = cx;
        self.count += 1;
        Ok(())
    }

    #[handler(token = SOCKET, raw)]
    fn socket(&self, _: &mut Readiness) -> ! {
        panic!("{}", self.count)
    }

    #[handler(token = STREAM, interest = WRITABLE)]
    fn room(&mut self) -> Result<Flow, String> {
        self.count += 1;
        Err("no".to_owned())
    }

    #[ended(token = SERVER)]
    fn gone(&mut self, why: Ended) {
        drop(why);
        self.count += 1;
    }

    #[failed]
    fn log(&mut self, failure: Failure<'_>) {
        let _ = failure;
        self.count += 1;
    }
}

fn main() {
    assert_eq!(miocene::table::<App>().entries().len(), 6);
}
