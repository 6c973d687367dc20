// Listens on any number of addresses, TCP and Unix ones, and sends each line back
// with its number among all that came.
//
//     cargo run --release --example listeners 127.0.0.1:7000 unix:./numbers
//
// In other terminals: `nc 127.0.0.1 7000`, `nc -U ./numbers`.

use std::env;
use std::io::{Write, stdout};

use miocene::net::{Address, Listener, Stream};
use miocene::{Connection, EventLoop, Family, Lines, Tokens, handlers};

const LISTENERS: Tokens = Tokens::new(1);
const CLIENTS: Tokens = Tokens::new(2);

pub type Client = Connection<Lines, (), Stream>;

pub struct Numbers {
    pub listeners: Family<Listener>,
    pub clients: Family<Client>,
    pub number: u64,
}

impl Numbers {
    pub fn bind(addresses: &[String]) -> miocene::Result<Numbers> {
        let mut listeners = Family::new(LISTENERS);
        for address in addresses {
            listeners.insert(Listener::bind(address)?);
        }
        let clients = Family::new(CLIENTS);
        Ok(Numbers {
            listeners,
            clients,
            number: 0,
        })
    }
}

#[handlers]
impl Numbers {
    #[handler(tokens = LISTENERS, fills = CLIENTS)]
    fn accept(&mut self, _listener: &mut Listener, (stream, _peer): (Stream, Address)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Client, line: &str) {
        self.number += 1;
        writeln!(client.out, "{}: {line}", self.number);
    }
}

fn main() -> miocene::Result<()> {
    let mut addresses: Vec<String> = env::args().skip(1).collect();
    if addresses.is_empty() {
        addresses.push("127.0.0.1:7000".to_owned());
    }
    let mut numbers = Numbers::bind(&addresses)?;
    for listener in numbers.listeners.iter() {
        let _ = writeln!(stdout(), "listening on {}", listener.local_addr()?);
    }
    EventLoop::new()?.run(&mut numbers)
}
