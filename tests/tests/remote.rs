//! Handles to members, for other threads.
#![cfg(unix)]

mod common;

use std::io::{Read, Write};
use std::net::{self, SocketAddr};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{LONG, sleeps, turn, until};
use miocene::net::{TcpListener, TcpStream};
use miocene::{
    Closed, Config, Connection, Context, EventLoop, Family, Flow, Lines, Remote, RemoteError,
    Token, Tokens, handlers,
};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

type Client = Connection<Lines>;

struct App {
    server: TcpListener,
    clients: Family<Client>,
    /// A handle to each client that has come.
    remotes: Vec<Remote>,
    closed: Vec<(Token, String)>,
    /// Of whom `#[opened]` makes handles beside them.
    strangers: Vec<Token>,
    of_strangers: Vec<Remote>,
}

#[handlers]
impl App {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        self.clients.insert(Connection::new(stream));
    }

    #[opened(tokens = CLIENTS)]
    fn opened(&mut self, cx: &mut Context<'_>, _: &mut Client) {
        self.remotes.push(cx.remote(cx.token()));
        for token in self.strangers.drain(..) {
            self.of_strangers.push(cx.remote(token));
        }
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, cx: &mut Context<'_>, client: &mut Client, line: &str) -> Flow {
        match line {
            "again" => self.remotes.push(cx.remote(cx.token())),
            "pause" => return Flow::Pause,
            "echo" => client.out.send(b"echo\n"),
            _ => return Flow::Close,
        }
        Flow::Continue
    }

    #[closed(tokens = CLIENTS)]
    fn closed(&mut self, cx: &mut Context<'_>, _: Client, why: Closed) {
        self.closed.push((cx.token(), why.to_string()));
    }
}

fn app() -> App {
    App {
        server: TcpListener::bind("127.0.0.1:0").unwrap(),
        clients: Family::new(CLIENTS),
        remotes: Vec::new(),
        closed: Vec::new(),
        strangers: Vec::new(),
        of_strangers: Vec::new(),
    }
}

impl App {
    /// A client that the application has, and its handle.
    fn client(&mut self, event_loop: &mut EventLoop) -> (net::TcpStream, Remote) {
        let client = net::TcpStream::connect(self.server.local_addr().unwrap()).unwrap();
        client.set_read_timeout(LONG).unwrap();
        let before = self.remotes.len();
        until(event_loop, self, |app| app.remotes.len() > before);
        (client, self.remotes.pop().unwrap())
    }
}

fn reads(stream: &mut net::TcpStream, text: &str) {
    let mut buffer = vec![0; text.len()];
    stream.read_exact(&mut buffer).unwrap();
    assert_eq!(String::from_utf8(buffer).unwrap(), text);
}

#[test]
fn what_another_thread_sends_arrives_in_order_and_then_it_is_closed() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (mut client, remote) = app.client(&mut event_loop);
    let sends = thread::spawn(move || {
        for number in 0..100 {
            remote.send(format!("{number}\n").as_bytes()).unwrap();
        }
        remote.close().unwrap();
        remote
    });
    let reads = thread::spawn(move || {
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        text
    });
    until(&mut event_loop, &mut app, |app| !app.closed.is_empty());
    let remote = sends.join().unwrap();
    let expected: String = (0..100).map(|number| format!("{number}\n")).collect();
    assert_eq!(reads.join().unwrap(), expected);
    assert!(remote.is_gone());
    assert_eq!(remote.send(b"late"), Err(RemoteError::Gone));
    assert_eq!(remote.close(), Err(RemoteError::Gone));
}

#[test]
fn a_loop_that_sleeps_is_woken() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (mut client, remote) = app.client(&mut event_loop);
    assert!(sleeps(&mut event_loop, &mut app));
    let sends = thread::spawn(move || remote.send(b"hello\n").unwrap());
    // It leaves when it has read it.
    let reads = thread::spawn(move || reads(&mut client, "hello\n"));
    until(&mut event_loop, &mut app, |app| !app.closed.is_empty());
    sends.join().unwrap();
    reads.join().unwrap();
}

#[test]
fn a_handle_never_reaches_who_takes_the_place() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (first, remote) = app.client(&mut event_loop);
    remote.send(b"for the first\n").unwrap();
    drop(first);
    until(&mut event_loop, &mut app, |app| !app.closed.is_empty());
    let (mut second, other) = app.client(&mut event_loop);
    assert!(remote.is_gone() && !other.is_gone());
    assert_eq!(remote.send(b"for the first\n"), Err(RemoteError::Gone));
    other.send(b"for the second\n").unwrap();
    let _ = turn(&mut event_loop, &mut app);
    reads(&mut second, "for the second\n");
}

#[test]
fn what_was_on_its_way_to_one_that_goes_reaches_nobody() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (_first, remote) = app.client(&mut event_loop);
    // Both are known of at the beginning of the same turn.
    remote.send(b"for the first\n").unwrap();
    app.clients.abort(remote.token());
    let _ = turn(&mut event_loop, &mut app);
    assert_eq!(app.closed.len(), 1);
    let (mut second, other) = app.client(&mut event_loop);
    other.send(b"first of all\n").unwrap();
    let _ = turn(&mut event_loop, &mut app);
    reads(&mut second, "first of all\n");
}

#[test]
fn who_is_nobody_has_gone() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (first, remote) = app.client(&mut event_loop);
    drop(first);
    until(&mut event_loop, &mut app, |app| !app.closed.is_empty());
    // One that has been here, a single source, and a token of nobody's.
    app.strangers = vec![remote.token(), SERVER, Token(12_345)];
    let (_second, other) = app.client(&mut event_loop);
    let _ = turn(&mut event_loop, &mut app);
    assert!(!other.is_gone());
    assert_eq!(app.of_strangers.len(), 3);
    assert!(app.of_strangers.iter().all(Remote::is_gone));
}

#[test]
fn what_is_handed_out_twice_is_one_handle() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (mut client, remote) = app.client(&mut event_loop);
    client.write_all(b"again\nagain\n").unwrap();
    until(&mut event_loop, &mut app, |app| app.remotes.len() == 2);
    app.remotes[0].send(b"one ").unwrap();
    app.remotes[1].send(b"two ").unwrap();
    remote.clone().send(b"three").unwrap();
    let _ = turn(&mut event_loop, &mut app);
    reads(&mut client, "one two three");
    drop(client);
    until(&mut event_loop, &mut app, |app| !app.closed.is_empty());
    assert!(remote.is_gone() && app.remotes.iter().all(Remote::is_gone));
}

#[test]
fn a_mailbox_that_is_full_says_so_and_what_was_taken_arrives() {
    let mut config = Config::default();
    config.mailbox = 3;
    let (mut app, mut event_loop) = (app(), EventLoop::with_config(config).unwrap());
    let (mut client, remote) = app.client(&mut event_loop);
    for text in ["one ", "two ", "three"] {
        remote.send(text.as_bytes()).unwrap();
    }
    assert_eq!(remote.send(b"four"), Err(RemoteError::Full));
    let _ = turn(&mut event_loop, &mut app);
    reads(&mut client, "one two three");
    remote.send(b"four").unwrap();
    let _ = turn(&mut event_loop, &mut app);
    reads(&mut client, "four");
}

#[test]
fn a_paused_member_that_somebody_has_a_handle_to_keeps_the_loop() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (mut client, remote) = app.client(&mut event_loop);
    // With the listener paused and the only client paused, nothing could happen.
    client.write_all(b"pause\n").unwrap();
    event_loop.context().pause(SERVER);
    let closes = thread::spawn(move || {
        remote.send(b"still here\n").unwrap();
        drop(remote);
        client
    });
    // It goes on while there is a handle, and ends when there is none.
    while !event_loop.turn(&mut app, None).unwrap().finished {}
    let mut client = closes.join().unwrap();
    reads(&mut client, "still here\n");
    assert_eq!(app.closed.len(), 1);
}

#[test]
fn who_drops_the_last_handle_wakes_a_loop_that_has_gone_on_for_it() {
    let mut app = app();
    // So no sweep wakes it.
    let clients = Family::new(CLIENTS);
    app.clients = clients.idle(Duration::MAX).message(Duration::MAX);
    let mut event_loop = EventLoop::new().unwrap();
    let (mut client, remote) = app.client(&mut event_loop);
    client.write_all(b"pause\n").unwrap();
    event_loop.context().pause(SERVER);
    // A turn for the line, and another to see that nobody wakes it for anything else.
    let _ = event_loop.turn(&mut app, LONG).unwrap();
    while !sleeps(&mut event_loop, &mut app) {}
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        while !event_loop.turn(&mut app, None).unwrap().finished {}
        ended.send(app.closed.len()).unwrap();
    });
    let drops = thread::spawn(move || drop((remote.clone(), remote)));
    assert_eq!(end.recv_timeout(LONG.unwrap()), Ok(1), "it sleeps on");
    drops.join().unwrap();
}

#[test]
fn when_the_loop_has_ended_all_have_gone() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (_client, remote) = app.client(&mut event_loop);
    event_loop.close(&mut app);
    assert!(remote.is_gone());
    assert_eq!(remote.send(b"late"), Err(RemoteError::Gone));
}

#[test]
fn of_a_loop_that_is_dropped_all_have_gone() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (_client, remote) = app.client(&mut event_loop);
    drop(event_loop);
    assert!(remote.is_gone());
}

#[test]
fn who_sends_all_the_time_does_not_hold_up_the_others() {
    let mut config = Config::default();
    config.mailbox = usize::MAX;
    let (mut app, mut event_loop) = (app(), EventLoop::with_config(config).unwrap());
    let (_flooded, remote) = app.client(&mut event_loop);
    let (mut other, _) = app.client(&mut event_loop);
    let floods = thread::spawn(move || while remote.send(b"").is_ok() {});
    other.write_all(b"echo\n").unwrap();
    let hears = thread::spawn(move || reads(&mut other, "echo\n"));
    until(&mut event_loop, &mut app, |app| !app.closed.is_empty());
    hears.join().unwrap();
    event_loop.close(&mut app);
    floods.join().unwrap();
}

#[test]
fn in_a_family_that_was_replaced_all_have_gone() {
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let (_client, remote) = app.client(&mut event_loop);
    app.clients = Family::new(CLIENTS);
    let _ = turn(&mut event_loop, &mut app);
    assert!(remote.is_gone());
}

#[test]
fn handles_can_be_sent_and_shared() {
    fn can_be<T: Send + Sync + Clone>() {}
    can_be::<Remote>();
}
