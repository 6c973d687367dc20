//! More clients than there is room for.

use std::io::Write;
use std::time::Duration;

use socket2::{SockAddr, Socket, Type};

use crate::client::{Client, descriptors_at_rest};
use crate::place;
use crate::program::Program;
use crate::server::{PATIENCE, Server};
use crate::trouble::{Attacked, Trouble};
use crate::wait_until;

/// How many clients there may be at a server of these checks.
pub const FEW: usize = 100;

/// Clients that have all asked already.
fn connect(place: &SockAddr, count: usize) -> Attacked<Vec<Client>> {
    let connect = |number| {
        let client = Client::connect(place, number)?;
        client.say("hello\n")?;
        Ok(client)
    };
    (0..count).map(connect).collect()
}

/// Half as many again as the server has places for: each is served when another
/// has left.
pub fn half_as_many_again(few: &Program) -> Attacked<String> {
    let mut server = Server::start(few)?;
    let before = descriptors_at_rest(&server)?;
    let mut clients = connect(&server.place(), FEW + FEW / 2)?;
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
pub fn places_are_free_again(few: &Program) -> Attacked<String> {
    let mut server = Server::start(few)?;
    let descriptors = descriptors_at_rest(&server)?;
    for _ in 0..3 {
        let mut pushing = Vec::new();
        for _ in 0..FEW {
            pushing.push(connect_pusher(&server.place())?);
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
    let mut clients = connect(&server.place(), FEW)?;
    for client in &mut clients {
        client.hears("hello")?;
    }
    Ok(String::new())
}

/// The limit for filling what the system holds of a hundred connections: most of
/// half a gigabyte, which the server reads line by line.
const FILLED: Duration = PATIENCE.saturating_mul(6);

/// Little is held on its side, so that no more than that is to be filled.
fn connect_pusher(place: &SockAddr) -> Attacked<Socket> {
    const HELD: usize = 16_384;
    let socket = Socket::new(place.domain(), Type::STREAM, None)?;
    socket.set_recv_buffer_size(HELD)?;
    socket.set_send_buffer_size(HELD)?;
    socket.connect(place)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Sends lines until no more is taken; how much that was.
fn push(stream: &mut Socket) -> usize {
    // Cut and begun again it is still within the limit for a line.
    let lines = ("x".repeat(4_000) + "\n").repeat(16);
    let mut sent = 0;
    while let Ok(count) = stream.write(lines.as_bytes()) {
        sent += count;
    }
    sent
}

/// Twenty clients each wait at two listeners for the one place.
pub fn take_turns(turns: &Program) -> Attacked<String> {
    const EACH: usize = 20;
    let mut server = Server::start(turns)?;
    let places = places(&server)?;
    server.stop()?;
    let mut waiting = Vec::new();
    for place in places {
        waiting.extend(connect(&place, EACH)?);
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

/// Where a server listens that does so twice.
fn places(server: &Server) -> Attacked<Vec<SockAddr>> {
    let place = |line: &String| place::parse(line.strip_prefix("listening on ")?, server.network());
    let mut places = Vec::new();
    let both = wait_until(PATIENCE, || {
        places = server.printed().iter().filter_map(place).collect();
        places.len() == 2
    });
    match both {
        true => Ok(places),
        false => Err(Trouble::broke("it does not listen twice")),
    }
}
