//! More clients than there is room for.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use miocene_tests::report::Check;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::trouble::{Attacked, Trouble};
use miocene_tests::wait_until;
use socket2::{Domain, Socket, Type};

use crate::clients::{Client, descriptors_at_rest};
use crate::servers::{self, FEW};

pub fn checks() -> Vec<Check> {
    vec![
        Check {
            name: "cap 100, 150 clients",
            make: half_as_many_again,
        },
        Check {
            name: "cap 100, all are reset",
            make: places_are_free_again,
        },
        Check {
            name: "two listeners, one place",
            make: || take_turns("turns"),
        },
        Check {
            name: "family of two, one place",
            make: || take_turns("turns of a family"),
        },
    ]
}

/// Clients that have all asked already.
fn connect(address: SocketAddr, count: usize) -> Attacked<Vec<Client>> {
    let connect = |number| {
        let client = Client::connect(address, number)?;
        client.say("hello\n")?;
        Ok(client)
    };
    (0..count).map(connect).collect()
}

fn half_as_many_again() -> Attacked<String> {
    let mut server = servers::start("few")?;
    let before = descriptors_at_rest(&server)?;
    let mut clients = connect(server.address(), FEW + FEW / 2)?;
    let answered = |clients: &[Client]| clients.iter().filter(|it| it.has_answer()).count();
    server.wait_for(PATIENCE, |_| answered(&clients) >= FEW)?;
    // It has nothing left to do: those who have no answer get none.
    server.wait_for(PATIENCE, |server| {
        server.process().is_asleep().unwrap_or(false)
    })?;
    let (served, open) = (answered(&clients), server.process().descriptors()? - before);
    if (served, open) != (FEW, FEW) {
        return Err(Trouble::broke(format!(
            "{served} answered, {open} accepted"
        )));
    }
    for round in 1..=FEW / 2 {
        let leaves = clients.iter().position(Client::has_answer);
        clients.remove(leaves.unwrap_or(0));
        server
            .wait_for(PATIENCE, |_| answered(&clients) == FEW)
            .map_err(|trouble| trouble.with(&format!("after {round} have left")))?;
    }
    server.rests(Duration::from_millis(100))?;
    for client in &mut clients {
        client.hears("hello")?;
        client.say("again\n")?;
        client.hears("again")?;
    }
    Ok(String::new())
}

/// Each place is taken by one who sends and never reads, and breaks off. It must be
/// free for the next.
fn places_are_free_again() -> Attacked<String> {
    let mut server = servers::start("few")?;
    let descriptors = descriptors_at_rest(&server)?;
    for _ in 0..3 {
        let mut pushing = Vec::new();
        for _ in 0..FEW {
            pushing.push(connect_pusher(server.address())?);
        }
        server.wait_for(FILLED, |server| {
            // Until nobody can send any more, since nobody is read any more.
            let sent = pushing.iter_mut().map(push).sum::<usize>();
            sent == 0 && server.process().is_asleep().unwrap_or(false)
        })?;
        drop(pushing);
        server.wait_for(PATIENCE, |server| {
            server
                .process()
                .descriptors()
                .is_ok_and(|count| count == descriptors)
        })?;
    }
    let mut clients = connect(server.address(), FEW)?;
    for client in &mut clients {
        client.hears("hello")?;
    }
    Ok(String::new())
}

/// The limit for filling what the system holds of a hundred connections: most of
/// half a gigabyte, which the server reads line by line.
const FILLED: Duration = PATIENCE.saturating_mul(6);

/// Little is held on its side, so that no more than that is to be filled.
fn connect_pusher(address: SocketAddr) -> Attacked<TcpStream> {
    const HELD: usize = 16_384;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_recv_buffer_size(HELD)?;
    socket.set_send_buffer_size(HELD)?;
    socket.connect(&address.into())?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Sends lines until no more is taken; how much that was.
fn push(stream: &mut TcpStream) -> usize {
    // Cut and begun again it is still within the limit for a line.
    let lines = ("x".repeat(4_000) + "\n").repeat(16);
    let mut sent = 0;
    while let Ok(count) = stream.write(lines.as_bytes()) {
        sent += count;
    }
    sent
}

/// Twenty clients each wait at two listeners for the one place.
fn take_turns(kind: &'static str) -> Attacked<String> {
    const EACH: usize = 20;
    let mut server = servers::start(kind)?;
    let addresses = addresses(&server)?;
    server.stop()?;
    let mut waiting = Vec::new();
    for address in addresses {
        waiting.extend(connect(address, EACH)?);
    }
    server.resume()?;
    let mut order = String::new();
    while !waiting.is_empty() {
        let mut served = None;
        wait_until(PATIENCE, || {
            served = waiting.iter().position(Client::has_answer);
            served.is_some()
        });
        server.runs()?;
        let Some(served) = served else {
            return Err(Trouble::broke(format!("nobody is served after {order}")));
        };
        let line = waiting.remove(served).next_line()?;
        order.extend(line.chars().next());
        let count = |listener| order.matches(listener).count();
        if count('0').abs_diff(count('1')) > 2 {
            return Err(Trouble::broke(format!("in the order {order}")));
        }
    }
    Ok(order)
}

fn addresses(server: &Server) -> Attacked<Vec<SocketAddr>> {
    let address = |line: &String| line.strip_prefix("listening on ")?.parse().ok();
    let mut addresses = Vec::new();
    let both = wait_until(PATIENCE, || {
        addresses = server.printed().iter().filter_map(address).collect();
        addresses.len() == 2
    });
    match both {
        true => Ok(addresses),
        false => Err(Trouble::broke("it does not listen twice")),
    }
}
