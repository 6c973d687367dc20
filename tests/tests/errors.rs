//! An error belongs to whom it befell.
#![cfg(unix)]

mod common;

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;

use common::{Datagrams, LONG, Script};
use miocene::net::{TcpListener, TcpStream};
use miocene::{
    BoxError, Context, Ended, Error, EventLoop, Failure, Flow, Next, Readiness, Token, handlers,
};

const SOCKET: Token = Token(0);
const SERVER: Token = Token(3);

struct Plain {
    socket: Datagrams,
}

#[handlers]
impl Plain {
    #[handler(token = SOCKET)]
    fn datagram(&mut self, datagram: &[u8]) -> Result<(), String> {
        // The error is made of what was borrowed.
        Err(String::from_utf8_lossy(datagram).into_owned())
    }
}

#[test]
fn the_error_of_a_handler_that_nobody_is_told_of_ends_run_and_names_handler_and_token() {
    let (socket, peer) = Datagrams::pair();
    peer.send(b"broken").unwrap();
    let mut app = Plain { socket };
    let error = EventLoop::new().unwrap().run(&mut app).unwrap_err();
    let Error::Handler {
        handler,
        token_name,
        token,
        source,
        ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        (*handler, *token_name, *token),
        ("datagram", "SOCKET", SOCKET)
    );
    assert_eq!(source.to_string(), "broken");
    assert_eq!(error.source().unwrap().to_string(), "broken");
    assert_eq!(
        format!("{error:?}"),
        "handler `datagram` (token `SOCKET`, Token(0)) failed: broken"
    );
}

struct Server {
    server: TcpListener,
    accepted: usize,
}

#[handlers]
impl Server {
    #[handler(token = SERVER)]
    fn accept(&mut self, cx: &mut Context<'_>, _: (TcpStream, SocketAddr)) -> io::Result<()> {
        self.accepted += 1;
        if self.accepted == 3 {
            cx.stop();
        }
        Err(io::Error::other("never mind"))
    }
}

#[test]
fn the_error_of_an_accept_handler_costs_that_connection_and_is_counted() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let clients = [(); 3].map(|()| std::net::TcpStream::connect(address).unwrap());
    let mut app = Server {
        server,
        accepted: 0,
    };
    let mut event_loop = EventLoop::new().unwrap();
    event_loop.run(&mut app).unwrap();
    assert_eq!(app.accepted, clients.len());
    assert_eq!(event_loop.counters().items_failed, 3);
    assert_eq!(app.server.counts().accepted, 3);
}

/// What the application was told, in its own words.
#[derive(Default)]
struct Log(Vec<String>);

struct Told {
    socket: Script,
    server: TcpListener,
    log: Log,
    answer: Flow,
    items: Vec<u32>,
}

#[handlers]
impl Told {
    #[handler(token = SOCKET)]
    fn item(&mut self, item: u32) -> Result<(), BoxError> {
        self.items.push(item);
        if item == 13 {
            Err("thirteen".into())
        } else {
            Ok(())
        }
    }

    #[handler(token = SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) -> Result<(), &'static str> {
        Err("not you")
    }

    #[failed]
    fn log(&mut self, cx: &mut Context<'_>, failure: Failure<'_>) -> Flow {
        assert_eq!(cx.token(), failure.token);
        let Failure {
            handler,
            token,
            error,
            ..
        } = failure;
        self.log.0.push(format!("{handler} {} {error}", token.0));
        self.answer
    }
}

fn told(answer: Flow, script: impl IntoIterator<Item = io::Result<Next<u32>>>) -> Told {
    let (socket, peer) = Script::new(script);
    std::mem::forget(peer);
    Told {
        socket,
        server: TcpListener::bind("127.0.0.1:0").unwrap(),
        log: Log::default(),
        answer,
        items: Vec::new(),
    }
}

#[test]
fn failed_is_told_of_a_handlers_error_and_the_drain_goes_on() {
    let mut app = told(Flow::Continue, [Ok(Next::Item(13)), Ok(Next::Item(2))]);
    let _ = EventLoop::new().unwrap().turn(&mut app, LONG).unwrap();
    assert_eq!(app.items, [13, 2]);
    assert_eq!(app.log.0, ["item 0 thirteen"]);
}

#[test]
fn failed_is_told_of_errors_about_strangers_too() {
    let mut app = told(Flow::Stop, []);
    let _client = std::net::TcpStream::connect(app.server.local_addr().unwrap()).unwrap();
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.log.0, ["accept 3 not you"]);
}

#[test]
fn failed_may_close_the_source_or_pause_it() {
    for answer in [Flow::Close, Flow::Leave, Flow::Pause] {
        let mut app = told(answer, [Ok(Next::Item(13)), Ok(Next::Item(2))]);
        let mut event_loop = EventLoop::new().unwrap();
        for _ in 0..3 {
            let _ = event_loop.turn(&mut app, common::AT_ONCE).unwrap();
        }
        assert_eq!(app.items, [13], "{answer:?}");
    }
}

#[test]
fn failed_is_told_of_a_source_that_failed_which_is_detached() {
    let broken = io::Error::other("broken pipe organ");
    let mut app = told(
        Flow::Continue,
        [Ok(Next::Item(1)), Err(broken), Ok(Next::Item(2))],
    );
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..3 {
        let turn = event_loop.turn(&mut app, common::AT_ONCE).unwrap();
        assert!(!turn.finished, "the listener goes on");
    }
    assert_eq!(app.items, [1]);
    assert_eq!(app.log.0, ["item 0 broken pipe organ"]);
}

struct Untold {
    socket: Script,
}

#[handlers]
impl Untold {
    #[handler(token = SOCKET)]
    fn item(&mut self, _: u32) {}
}

#[test]
fn the_error_of_a_source_that_nobody_is_told_of_ends_run_and_names_the_source() {
    let (socket, _peer) = Script::new([Err(io::Error::other("worn out"))]);
    let error = EventLoop::new()
        .unwrap()
        .run(&mut Untold { socket })
        .unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "`self.socket` (token `SOCKET`, Token(0)), the source of handler `item`, failed: worn out"
    );
}

#[test]
fn the_end_of_the_last_source_ends_run() {
    let (socket, _peer) = Script::new([Ok(Next::Item(1)), Ok(Next::End)]);
    EventLoop::new()
        .unwrap()
        .run(&mut Untold { socket })
        .unwrap();
}

struct Successive {
    socket: Script,
    spare: Option<Script>,
    items: Vec<u32>,
    ends: Vec<String>,
}

#[handlers]
impl Successive {
    #[handler(token = SOCKET)]
    fn item(&mut self, item: u32) {
        self.items.push(item);
    }

    #[ended(token = SOCKET)]
    fn over(&mut self, cx: &mut Context<'_>, why: Ended) {
        self.ends.push(why.to_string());
        if let Some(spare) = self.spare.take() {
            self.socket = spare;
            cx.attach(SOCKET);
        }
    }
}

#[test]
fn ended_is_told_of_the_end_and_of_errors_and_may_put_another_source_in_place() {
    let (socket, _peer) = Script::new([Ok(Next::Item(1)), Ok(Next::End), Ok(Next::Item(99))]);
    let (spare, _spare_peer) = Script::new([Ok(Next::Item(2)), Err(io::Error::other("no more"))]);
    let mut app = Successive {
        socket,
        spare: Some(spare),
        items: Vec::new(),
        ends: Vec::new(),
    };
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.items, [1, 2]);
    assert_eq!(app.ends, ["end of file", "no more"]);
}

#[test]
#[cfg(all(target_os = "linux", not(mio_unsupported_force_poll_poll)))]
fn a_source_that_cannot_be_registered_is_an_error_with_all_its_names() {
    struct Stubborn {
        socket: miocene::Fd<std::fs::File>,
    }

    #[handlers]
    impl Stubborn {
        #[handler(token = SOCKET, raw)]
        fn ready(&mut self, _: &mut Readiness) {}
    }

    // epoll takes no plain files.
    let file = std::fs::File::open("/proc/self/exe").unwrap();
    let socket = miocene::Fd::new(file).unwrap();
    let error = EventLoop::new()
        .unwrap()
        .run(&mut Stubborn { socket })
        .unwrap_err();
    let text = error.to_string();
    let names = "cannot register `self.socket` (token `SOCKET`, Token(0)) for handler `ready`";
    assert!(text.starts_with(names), "{text}");
    assert!(text.contains("a plain file is always ready"), "{text}");
}

const BROKEN: Token = Token(4);
const STEADY: Token = Token(5);

struct Insisting {
    broken: Datagrams,
    steady: Datagrams,
    ends: usize,
    served: usize,
}

#[handlers]
impl Insisting {
    #[handler(token = BROKEN, raw)]
    fn ready(&mut self, cx: &mut Context<'_>, _: &mut Readiness) {
        self.broken.refused = true;
        cx.attach(BROKEN);
    }

    #[ended(token = BROKEN)]
    fn over(&mut self, cx: &mut Context<'_>, why: Ended) {
        assert_eq!(why.to_string(), "refused");
        self.ends += 1;
        cx.attach(BROKEN);
    }

    #[handler(token = STEADY)]
    fn datagram(&mut self, _: &[u8]) {
        self.served += 1;
    }
}

#[test]
fn attaching_again_and_again_what_cannot_be_attached_stops_nobody_else() {
    let (broken, broken_peer) = Datagrams::pair();
    let (steady, peer) = Datagrams::pair();
    let mut app = Insisting {
        broken,
        steady,
        ends: 0,
        served: 0,
    };
    broken_peer.send(b"x").unwrap();
    let mut event_loop = EventLoop::new().unwrap();
    for count in 1..=5 {
        peer.send(b"x").unwrap();
        let _ = event_loop.turn(&mut app, LONG).unwrap();
        assert_eq!(app.served, count);
    }
    let ends = app.ends;
    assert!((1..=20).contains(&ends), "a few in each turn, not {ends}");
}

struct Failing {
    socket: Datagrams,
}

#[handlers]
impl Failing {
    #[handler(token = SOCKET)]
    fn datagram(&mut self, cx: &mut Context<'_>, datagram: &[u8]) {
        match datagram {
            b"unknown" => cx.pause(Token(42)),
            _ => cx.fail("on purpose"),
        }
    }

    #[failed]
    fn never(&mut self, failure: Failure<'_>) {
        panic!("{failure:?}");
    }
}

#[test]
fn fail_ends_run_on_purpose_without_asking_failed() {
    let (socket, peer) = Datagrams::pair();
    peer.send(b"x").unwrap();
    let error = EventLoop::new()
        .unwrap()
        .run(&mut Failing { socket })
        .unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "`datagram` (token `SOCKET`, Token(0)) ended the loop: on purpose"
    );
    assert_eq!(error.source().unwrap().to_string(), "on purpose");
}

#[test]
fn a_token_that_no_handler_has_is_an_error_of_the_program() {
    let (socket, peer) = Datagrams::pair();
    peer.send(b"unknown").unwrap();
    let error = EventLoop::new()
        .unwrap()
        .run(&mut Failing { socket })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`datagram` cannot pause Token(42): no handler has this token"
    );
}
