//! Connections that cannot be made.

use std::io;
use std::time::Duration;

use miocene::ConnectError;
use miocene::net::{Connect, TcpStream};

use super::common::{LONG, until};
use super::*;

/// The only reason, which must be that it could not be connected.
fn error(app: &App) -> &ConnectError {
    match &app.why[..] {
        [Closed::Connect(error)] => error,
        why => panic!("{why:?}"),
    }
}

#[test]
fn where_nobody_listens_it_is_closed_and_never_opened() {
    let (_held, address) = nobody();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.connect(address, 1);
    event_loop.run(&mut app).unwrap();
    let error = error(&app);
    assert_eq!(error.source.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(error.address, address.to_string());
    let told = format!("cannot connect to {address}: {}", error.source);
    assert_eq!(app.told, [Told::Closed(1, told)]);
    let counters = event_loop.counters();
    assert_eq!((counters.opened, counters.closed.connect), (0, 1));
}

#[test]
fn what_cannot_even_be_tried_is_told_like_any_other_failure() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    // A port that does not exist in an address that is none.
    app.connect("255.255.255.255:1".parse().unwrap(), 1);
    let token = app.connect("255.255.255.255:1".parse().unwrap(), 2);
    let server = app.servers.get(token).unwrap();
    let not_yet = server.peer_addr().map_err(|error| error.kind());
    assert_eq!(not_yet.unwrap_err(), io::ErrorKind::NotConnected);
    event_loop.run(&mut app).unwrap();
    assert!(matches!(
        app.why[..],
        [Closed::Connect(_), Closed::Connect(_)]
    ));
}

#[test]
fn nobody_who_answers_in_time_is_an_error_with_a_name() {
    let deaf = Deaf::new();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.servers = Family::new(SERVERS).connecting(Duration::from_millis(30));
    app.connect(deaf.address, 1);
    event_loop.run(&mut app).unwrap();
    assert_eq!(error(&app).source.kind(), io::ErrorKind::TimedOut);
    assert!(app.told[0] != Told::Opened(1));
}

#[test]
fn to_connect_anew_from_closed_neither_recurses_nor_spins() {
    let (_held, address) = nobody();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.again = Some(address);
    app.connect(address, 1);
    let mut rests = 0;
    while app.told.len() < 4 {
        let told = app.told.len();
        let turn = event_loop.turn(&mut app, LONG).unwrap();
        // The first is told at once, and each later one after a rest.
        assert!(!turn.finished && app.told.len() <= told + 1);
        rests += u32::from(turn.again.is_some_and(|again| !again.is_zero()));
    }
    assert!(rests >= 3, "{rests} rests");
    let numbers = app.told.iter().map(|told| match told {
        Told::Closed(number, _) => *number,
        told => panic!("{told:?}"),
    });
    assert!(numbers.eq(1..=4));
    event_loop.close(&mut app);
}

#[test]
fn a_server_that_comes_late_is_reached_by_who_connects_anew() {
    let (held, address) = nobody();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.again = Some(address);
    app.connect(address, 1);
    until(&mut event_loop, &mut app, |app| app.told.len() == 2);
    held.listen(16).unwrap();
    until(&mut event_loop, &mut app, |app| {
        matches!(app.told.last(), Some(Told::Opened(_)))
    });
    app.again = None;
}

#[test]
fn a_family_that_is_full_refuses_it_before_a_socket_is_made() {
    let (listener, address) = listen();
    listener.set_nonblocking(true).unwrap();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.servers = Family::new(SERVERS).cap(1);
    app.connect(address, 1);
    app.connect(address, 2);
    until(&mut event_loop, &mut app, |app| {
        app.has_told(&Told::Opened(1)) && !app.why.is_empty()
    });
    assert!(matches!(app.why[..], [Closed::Refused]), "{:?}", app.why);
    let _first = listener.accept().unwrap();
    let second = listener.accept().map_err(|error| error.kind());
    assert_eq!(second.unwrap_err(), io::ErrorKind::WouldBlock);
}

#[test]
fn a_socket_that_is_connected_to_itself_is_not_connected() {
    let (socket, address) = nobody();
    socket.connect(&address.into()).unwrap();
    let mut stream = TcpStream::from_std(socket.into()).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), stream.local_addr().unwrap());
    let connected = stream.is_connected().map_err(|error| error.kind());
    assert_eq!(connected.unwrap_err(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn without_closed_a_failure_is_told_to_failed() {
    struct Told {
        servers: Family<Server>,
        failures: Vec<String>,
    }

    #[handlers]
    impl Told {
        #[handler(tokens = SERVERS)]
        fn line(&mut self, _: &mut Server, _: &str) {}

        #[failed]
        fn failed(&mut self, failure: miocene::Failure<'_>) {
            self.failures.push(failure.error.to_string());
        }
    }

    let (_held, address) = nobody();
    let mut app = Told {
        servers: Family::new(SERVERS),
        failures: Vec::new(),
    };
    app.servers.connect(address, 1);
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.failures.len(), 1);
    assert!(app.failures[0].starts_with(&format!("cannot connect to {address}: ")));
}
