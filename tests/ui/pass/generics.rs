#![deny(warnings)]

use std::fmt::Debug;
use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Context, EventLoop, Flow, Token, handlers};

const SERVER: Token = Token(0);

struct App<'a, T: Debug, const N: usize, F = fn()>
where
    F: FnMut(),
{
    server: TcpListener,
    names: &'a mut [T; N],
    done: F,
}

#[handlers]
impl<'a, T: Debug, const N: usize, F> App<'a, T, { N }, F>
where
    F: FnMut() -> (),
    [T; N]: Sized,
    T: for<'x> PartialEq<&'x str>,
{
    #[handler(token = SERVER)]
    fn accept<'x>(
        &'x mut self,
        _cx: &mut Context<'_>,
        (_stream, _address): (TcpStream, SocketAddr),
    ) -> Result<Flow, std::io::Error>
    where
        [u8; N]: Sized,
    {
        (self.done)();
        println!("{:?}", self.names.first());
        Ok(Flow::Stop)
    }
}

fn main() {
    let mut names = ["a", "b"];
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut app = App { server, names: &mut names, done: || () };
    let mut events = EventLoop::new().unwrap();
    let _ = events.turn(&mut app, Some(std::time::Duration::ZERO)).unwrap();
}
