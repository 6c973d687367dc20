//! Events that nobody has earned, and events for a source that has gone: here the
//! loop is in this process, so that a test can make them.

use std::net::{self, SocketAddr};
use std::time::Duration;

use miocene::net::{TcpStream, UnixStream};
use miocene::{
    Connection, EventLoop, Family, Handlers, Lines, Readiness, Token, Tokens, Transport, handlers,
};
use miocene_tests::server::PATIENCE;
use miocene_tests::trouble::{Attacked, Trouble};
use miocene_tests::wait_until;

use crate::kind::Kind;
use crate::pairs::{FIRST, Two, listen_tcp, listen_unix, pair, pipe, sockets};
use crate::scene::Scene;
use crate::table::{Cell, Row};

pub fn rows() -> Vec<Row> {
    let row = |fault, numbers, cell| Row {
        fault,
        numbers,
        cell,
    };
    vec![
        row("events that nobody has earned", "F18", |kind| {
            Cell::of(move || match kind {
                Kind::TcpListener => unearned(&mut pair(listen_tcp)?, FIRST),
                Kind::UnixListener => unearned(&mut pair(listen_unix)?, FIRST),
                Kind::TcpStream => unearned_by_member(tcp_pair()?),
                Kind::UnixStream => unearned_by_member(UnixStream::pair()?),
                Kind::Pipe => unearned(&mut pair(pipe)?, FIRST),
                _ => unearned(&mut sockets()?, FIRST),
            })
        }),
        row("stale events, reused places", "F13 F14", |kind| {
            Cell::of(move || match kind {
                Kind::TcpListener => replaced(pair(listen_tcp)?),
                Kind::UnixListener => replaced(pair(listen_unix)?),
                Kind::TcpStream | Kind::UnixStream => purge(kind),
                Kind::Pipe => replaced(pair(pipe)?),
                _ => replaced(sockets()?),
            })
        }),
    ]
}

const MEMBERS: Tokens = Tokens::new(1);

/// Turns until the application has so many items, and once more.
fn turn_until<A: Handlers>(
    event_loop: &mut EventLoop,
    app: &mut A,
    holds: impl Fn(&A) -> bool,
) -> Attacked {
    let mut failed = None;
    let held = wait_until(PATIENCE, || {
        let turn = event_loop.turn(app, Some(Duration::from_millis(5)));
        failed = turn.err().map(|error| Trouble::broke(error.to_string()));
        failed.is_some() || holds(app)
    });
    match (failed, held) {
        (Some(trouble), _) => Err(trouble),
        (None, true) => Ok(()),
        (None, false) => Err(Trouble::broke("stalled")),
    }
}

fn error(error: miocene::Error) -> Trouble {
    Trouble::broke(error.to_string())
}

/// A thousand of them do nothing, and what comes then is seen.
fn unearned<A: Two>(app: &mut A, token: Token) -> Attacked<String> {
    app.keep_both();
    let mut event_loop = EventLoop::new().map_err(error)?;
    let all = Readiness::READABLE | Readiness::READ_CLOSED | Readiness::ERROR;
    for ready in [Readiness::READABLE, all].iter().cycle().take(1_000) {
        let _ = event_loop.deliver(app, token, *ready).map_err(error)?;
    }
    if app.items() != [0, 0] {
        return Err(Trouble::broke(format!("{:?} items", app.items())));
    }
    app.poke(0)?;
    turn_until(&mut event_loop, app, |app| app.items() == [1, 0])?;
    Ok("1,000 events".to_owned())
}

struct Members<S: Transport> {
    members: Family<Connection<Lines, (), S>>,
    lines: usize,
}

#[handlers]
impl<S: Transport> Members<S> {
    #[handler(tokens = MEMBERS)]
    fn line(&mut self, _member: &mut Connection<Lines, (), S>, _line: &str) {
        self.lines += 1;
    }
}

fn tcp_pair() -> Attacked<(TcpStream, TcpStream)> {
    let listener = net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let ours = net::TcpStream::connect(listener.local_addr()?)?;
    let theirs = listener.accept()?.0;
    Ok((TcpStream::from_std(theirs)?, TcpStream::from_std(ours)?))
}

fn unearned_by_member<S: Transport>((theirs, mut ours): (S, S)) -> Attacked<String> {
    let mut members = Family::new(MEMBERS);
    let token = members.insert(Connection::new(theirs));
    let mut app = Members { members, lines: 0 };
    let mut event_loop = EventLoop::new().map_err(error)?;
    let all = Readiness::READABLE | Readiness::READ_CLOSED | Readiness::ERROR;
    for ready in [Readiness::READABLE, all].iter().cycle().take(1_000) {
        let _ = event_loop.deliver(&mut app, token, *ready).map_err(error)?;
    }
    if (app.lines, app.members.len()) != (0, 1) {
        return Err(Trouble::broke(format!("{} lines", app.lines)));
    }
    ours.write_all(b"line\n")?;
    turn_until(&mut event_loop, &mut app, |app| app.lines == 1)?;
    Ok("1,000 events".to_owned())
}

/// Both are ready in the same batch of events: the one that comes first has the
/// other replaced, of which nothing may be seen any more.
fn replaced<A: Two>(mut app: A) -> Attacked<String> {
    let mut event_loop = EventLoop::new().map_err(error)?;
    // They are registered before they are ready.
    let _ = event_loop
        .turn(&mut app, Some(Duration::ZERO))
        .map_err(error)?;
    app.poke(0)?;
    app.poke(1)?;
    turn_until(&mut event_loop, &mut app, |app| {
        app.items().iter().sum::<usize>() > 0
    })?;
    let _ = event_loop
        .turn(&mut app, Some(Duration::ZERO))
        .map_err(error)?;
    let [first, second] = app.items();
    if first + second != 1 {
        return Err(Trouble::broke(format!("{first} and {second} items")));
    }
    // The one in its place is served.
    app.poke(2)?;
    turn_until(&mut event_loop, &mut app, |app| app.items() == [1, 1])?;
    Ok(String::new())
}

/// Fifty clients have all asked in one batch for the others to be aborted, and forty
/// new ones take their places.
fn purge(kind: Kind) -> Attacked<String> {
    const OLD: usize = 50;
    const NEW: usize = 40;
    let mut scene = Scene::start(kind)?;
    let mut old = Vec::new();
    for _ in 0..OLD {
        old.push(scene.served_client()?);
    }
    scene.server.stop()?;
    for client in &old {
        client.say("purge\nwho is left\n")?;
    }
    let mut new = Vec::new();
    for _ in 0..NEW {
        new.push(scene.client()?);
    }
    scene.server.resume()?;
    for (number, client) in new.iter_mut().enumerate() {
        client.say(&format!("new {number}\n"))?;
        // A stranger's words would come first.
        client.hears(&format!("new {number}"))?;
    }
    let answers = old.iter_mut().filter_map(|client| {
        let line = client.next_line();
        line.is_ok_and(|line| line == "who is left\n").then_some(())
    });
    let left = answers.count();
    let mut asking = scene.client()?;
    asking.say("stale\n")?;
    let stale = asking.next_line()?;
    drop((asking, new, old));
    scene.others_are_served()?;
    scene.stops()?;
    match left {
        1 => Ok(format!("{} stale events, none dispatched", stale.trim())),
        _ => Err(Trouble::broke(format!("{left} are left of {OLD}"))),
    }
}
