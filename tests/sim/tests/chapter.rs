//! The bug of the chapter "Test your handlers" is found as the chapter says.
#![cfg(feature = "sim")]

use std::net::SocketAddr;
use std::panic;

#[allow(dead_code)]
#[path = "../../../examples/echo.rs"]
mod right;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Faults, Sim};
use miocene::{Bytes, Connection, Family, Token, Tokens, handlers};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

struct Echo {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
}

#[handlers]
impl Echo {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, client: &mut Connection<Bytes>, bytes: &[u8]) {
        client.out.send(bytes.get(..4096).unwrap_or(bytes));
    }
}

#[test]
fn what_comes_is_sent_back() {
    let failure = panic::catch_unwind(|| {
        Sim::seeds(0..100).faults(Faults::swarm()).run(|sim| {
            let server = TcpListener::bind("127.0.0.1:7000").unwrap();
            let clients = Family::new(CLIENTS);
            sim.start(Echo { server, clients });

            let client = sim.client("127.0.0.1:7000").expects_pattern();
            let length = sim.draw(10_000) as usize;
            client.send_pattern(length);
            client.half_closes();

            sim.calm();
            client.expect_pattern(length);
            client.expect_end();
        });
    });
    let failure = failure.expect_err("the bug is found");
    let failure = failure.downcast_ref::<String>().expect("with a text");
    let told = failure.split("\nwhat happened before").next().unwrap();
    println!("{told}");
    let chapter = include_str!("../../../framework/docs/testing.md");
    // All but the lines that name a place.
    for line in told.lines().filter(|line| !line.starts_with("  at ")) {
        assert!(chapter.contains(line), "the chapter does not say: {line}");
    }
}

#[test]
fn the_test_of_the_readme_passes() {
    use right::Echo;

    Sim::seeds(0..1_000).faults(Faults::swarm()).run(|sim| {
        sim.start(Echo::bind("127.0.0.1:7000").unwrap());

        let client = sim
            .client("127.0.0.1:7000")
            .reads_slowly()
            .expects_pattern();
        let length = sim.draw(10_000) as usize;
        client.send_pattern(length);
        client.half_closes();

        sim.calm();
        client.expect_pattern(length);
    });
    let readme = include_str!("../../../README.md");
    let body = include_str!("chapter.rs");
    let body = body.rsplit_once("use right::Echo;\n\n").unwrap().1;
    let body = body.split_once("    });\n").unwrap().0;
    assert!(readme.contains(body), "the test is that of the README");
}
