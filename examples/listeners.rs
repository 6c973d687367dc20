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

type Client = Connection<Lines, (), Stream>;

struct Numbers {
    listeners: Family<Listener>,
    clients: Family<Client>,
    number: u64,
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
    let mut numbers = Numbers {
        listeners: Family::new(LISTENERS),
        clients: Family::new(CLIENTS),
        number: 0,
    };
    for address in addresses {
        let listener = Listener::bind(&address)?;
        let _ = writeln!(stdout(), "listening on {}", listener.local_addr()?);
        numbers.listeners.insert(listener);
    }
    EventLoop::new()?.run(&mut numbers)
}
