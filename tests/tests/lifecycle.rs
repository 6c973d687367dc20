//! An application may run again, whatever ended its last run.
#![cfg(unix)]

mod common;

use std::net::{SocketAddr, TcpStream as Client};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use common::{AT_ONCE, Datagrams, LONG};
use miocene::net::{TcpListener, TcpStream};
use miocene::{Config, Context, Error, EventLoop, Token, handlers};

const SERVER: Token = Token(0);

struct Server {
    server: TcpListener,
    accepted: usize,
    then: fn(&mut Context<'_>),
}

#[handlers]
impl Server {
    #[handler(token = SERVER)]
    fn accept(&mut self, cx: &mut Context<'_>, _: (TcpStream, SocketAddr)) {
        self.accepted += 1;
        (self.then)(cx);
    }
}

fn server(then: fn(&mut Context<'_>)) -> (Server, SocketAddr) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let app = Server {
        server,
        accepted: 0,
        then,
    };
    (app, address)
}

#[test]
fn the_loop_can_be_sent_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<EventLoop>();
    is_send::<Error>();
    is_send::<TcpListener>();
    is_send::<TcpStream>();
}

#[test]
fn the_same_application_runs_again_in_a_second_loop() {
    let (mut app, address) = server(|cx| cx.stop());
    for count in 1..=3 {
        let _client = Client::connect(address).unwrap();
        EventLoop::new().unwrap().run(&mut app).unwrap();
        assert_eq!(app.accepted, count);
    }
}

#[test]
fn the_same_application_runs_again_in_the_same_loop() {
    let (mut app, address) = server(|cx| cx.stop());
    let mut event_loop = EventLoop::new().unwrap();
    for count in 1..=3 {
        let _client = Client::connect(address).unwrap();
        event_loop.run(&mut app).unwrap();
        assert_eq!(app.accepted, count);
    }
}

#[test]
fn everything_is_deregistered_after_an_error() {
    let (mut app, address) = server(|cx| cx.fail("on purpose"));
    let mut first = EventLoop::new().unwrap();
    let _client = Client::connect(address).unwrap();
    first.run(&mut app).unwrap_err();
    app.then = |cx| cx.stop();
    let _client = Client::connect(address).unwrap();
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.accepted, 2);
}

#[test]
fn everything_is_deregistered_after_a_panic_also_of_a_single_turn() {
    let (mut app, address) = server(|_| panic!("as a handler may"));
    let mut first = EventLoop::new().unwrap();
    for run in 1..=2 {
        let _client = Client::connect(address).unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| match run {
            1 => first.run(&mut app),
            _ => first.turn(&mut app, LONG).map(drop),
        }));
        assert!(panicked.is_err());
    }
    app.then = |cx| cx.stop();
    let _client = Client::connect(address).unwrap();
    let _second_client = Client::connect(address).unwrap();
    EventLoop::new().unwrap().run(&mut app).unwrap();
    first.run(&mut app).unwrap();
    assert_eq!(app.accepted, 4);
}

#[test]
fn turns_keep_the_sources_until_the_loop_is_closed() {
    let (mut app, address) = server(|_| {});
    let mut first = EventLoop::new().unwrap();
    assert!(!first.turn(&mut app, AT_ONCE).unwrap().finished);
    let _client = Client::connect(address).unwrap();
    let _ = first.turn(&mut app, LONG).unwrap();
    assert_eq!(app.accepted, 1);
    first.close(&mut app);
    first.close(&mut app);
    let _client = Client::connect(address).unwrap();
    let mut second = EventLoop::new().unwrap();
    let _ = second.turn(&mut app, LONG).unwrap();
    assert_eq!(app.accepted, 2);
}

#[test]
fn a_stop_finishes_the_turn_and_a_further_turn_begins_anew() {
    let (mut app, address) = server(|cx| cx.stop());
    let mut event_loop = EventLoop::new().unwrap();
    for count in 1..=2 {
        let _client = Client::connect(address).unwrap();
        assert!(event_loop.turn(&mut app, LONG).unwrap().finished);
        assert_eq!(app.accepted, count);
    }
}

#[test]
fn what_a_host_does_between_turns_comes_before_the_next() {
    let (mut app, address) = server(|_| {});
    let _client = Client::connect(address).unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    event_loop.context().stop();
    let turn = event_loop
        .deliver(&mut app, SERVER, miocene::Readiness::READABLE)
        .unwrap();
    assert!(
        turn.finished && app.accepted == 0,
        "no handler after a stop"
    );

    let _ = event_loop.turn(&mut app, LONG).unwrap();
    assert_eq!(app.accepted, 1);
    event_loop.context().attach(SERVER);
    let _second = Client::connect(address).unwrap();
    let _ = event_loop
        .deliver(&mut app, SERVER, miocene::Readiness::READABLE)
        .unwrap();
    assert_eq!(
        app.accepted, 2,
        "it is attached, and what is there is for it"
    );

    event_loop.context().fail("the host's reasons");
    let error = event_loop.run(&mut app).unwrap_err();
    assert!(
        format!("{error:?}").contains("the loop's host"),
        "{error:?}"
    );
    event_loop.context().pause(SERVER);
    let error = event_loop.turn(&mut app, AT_ONCE).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`the loop's host` cannot pause Token(0): no handler has this token"
    );
}

#[test]
fn an_error_of_the_systems_keeps_its_kind() {
    let (_app, address) = server(|_| {});
    let error = std::io::Error::from(TcpListener::bind(address).unwrap_err());
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
}

struct Other {
    socket: Datagrams,
}

const SOCKET: Token = Token(0);

#[handlers]
impl Other {
    #[handler(token = SOCKET)]
    fn datagram(&mut self, _: &[u8]) {}
}

#[test]
fn two_types_of_one_name_are_two_applications() {
    macro_rules! local_application {
        ($token:literal) => {{
            const SOCKET: Token = Token($token);

            struct App {
                socket: Datagrams,
            }

            #[handlers]
            impl App {
                #[handler(token = SOCKET)]
                fn datagram(&mut self, _: &[u8]) {}
            }

            App {
                socket: Datagrams::pair().0,
            }
        }};
    }
    let mut one = local_application!(0);
    let mut two = local_application!(1);
    let mut event_loop = EventLoop::new().unwrap();
    let _ = event_loop.turn(&mut one, AT_ONCE).unwrap();
    let error = event_loop.turn(&mut two, AT_ONCE).unwrap_err();
    assert!(matches!(error, Error::OtherApplication { .. }), "{error:?}");
}

#[test]
fn one_loop_drives_one_application_at_a_time() {
    let (mut app, _address) = server(|_| {});
    let mut other = Other {
        socket: Datagrams::pair().0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    let _ = event_loop.turn(&mut app, AT_ONCE).unwrap();
    let error = event_loop.turn(&mut other, AT_ONCE).unwrap_err();
    assert!(matches!(error, Error::OtherApplication { .. }), "{error:?}");
    let error = event_loop.run(&mut other).unwrap_err();
    assert!(matches!(error, Error::OtherApplication { .. }), "{error:?}");
    event_loop.close(&mut app);
    let _ = event_loop.turn(&mut other, AT_ONCE).unwrap();
}

struct Ending {
    socket: common::Script,
}

#[handlers]
impl Ending {
    #[ended(token = SOCKET)]
    fn over(&mut self, _: miocene::Ended) {
        panic!("as a handler may");
    }

    #[handler(token = SOCKET)]
    fn item(&mut self, _: u32) {}
}

#[test]
fn a_source_that_had_ended_when_its_handler_panicked_is_deregistered() {
    let (socket, peer) = common::Script::new([Ok(miocene::Next::End)]);
    let mut app = Ending { socket };
    let mut first = EventLoop::new().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| first.run(&mut app))).is_err());
    app.socket.answers.push_back(Ok(miocene::Next::Item(1)));
    peer.send(b"again").unwrap();
    let mut second = EventLoop::new().unwrap();
    let _ = second.turn(&mut app, LONG).unwrap();
    assert!(app.socket.answers.is_empty());
}

type Spoil = fn(&mut Config);

#[test]
fn a_limit_out_of_range_is_refused_by_name() {
    let zero: [(&str, Spoil); 6] = [
        ("budget", |config| config.budget = 0),
        ("accepts", |config| config.accepts = 0),
        ("retry_delay", |config| config.retry_delay = Duration::ZERO),
        ("`event_capacity`", |config| config.event_capacity = 0),
        ("event_capacity_max", |config| config.event_capacity_max = 1),
        ("2^24", |config| config.event_capacity_max = usize::MAX),
    ];
    for (name, spoil) in zero {
        let mut config = Config::default();
        spoil(&mut config);
        let error = EventLoop::with_config(config).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_second_server_on_one_port_is_an_error_with_the_address_in_it() {
    let (_app, address) = server(|_| {});
    let error = TcpListener::bind(address).unwrap_err();
    let text = format!("{error:?}");
    assert!(
        text.contains(&address.to_string()) && text.contains("port 0"),
        "{text}"
    );
    let error = TcpListener::bind("no such name:0").unwrap_err();
    assert!(error.to_string().contains("no such name"), "{error}");
}

#[test]
fn the_clock_stands_still_during_a_turn() {
    let (mut app, address) = server(|cx| {
        let now = cx.now();
        while std::time::Instant::now() == now {}
        assert_eq!(cx.now(), now);
        cx.stop();
    });
    let _client = Client::connect(address).unwrap();
    EventLoop::new().unwrap().run(&mut app).unwrap();
}
