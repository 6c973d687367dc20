//! Connections to Unix sockets, and to either kind.

use std::fs;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;
use std::time::Duration;

use miocene::net::{Address, Stream, UnixStream};
use miocene::{ConnectError, Flow};
use socket2::SockAddr;

use super::common::{turn, until};
use super::*;

const PEERS: Tokens = Tokens::new(2);

struct App<S: miocene::Transport + 'static> {
    peers: Family<Connection<Lines, (), S>>,
    opened: usize,
    why: Vec<Closed>,
}

#[handlers]
impl<S: miocene::Transport + 'static> App<S> {
    #[opened(tokens = PEERS)]
    fn opened(&mut self, _: &mut Connection<Lines, (), S>) -> Flow {
        self.opened += 1;
        Flow::Close
    }

    #[closed(tokens = PEERS)]
    fn closed(&mut self, _: Connection<Lines, (), S>, why: Closed) {
        self.why.push(why);
    }
}

fn app<S: miocene::Transport>() -> App<S> {
    App {
        peers: Family::new(PEERS),
        opened: 0,
        why: Vec::new(),
    }
}

/// A path that is removed when it is dropped.
struct Path(PathBuf);

impl Path {
    fn new(name: &str) -> Path {
        let name = format!("miocene-outbound-{}-{name}", std::process::id());
        Path(std::env::temp_dir().join(name))
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from_pathname(&self.0).unwrap()
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn either_kind_is_connected_by_its_address() {
    let path = Path::new("either");
    let _unix = UnixListener::bind(&path.0).unwrap();
    let (_tcp, address) = listen();
    let (mut app, mut event_loop) = (app::<Stream>(), EventLoop::new().unwrap());
    app.peers.connect(Address::from(path.address()), ());
    app.peers.connect(address, ());
    event_loop.run(&mut app).unwrap();
    assert_eq!(app.opened, 2);
}

#[test]
fn where_nobody_listens_the_error_names_the_path() {
    let path = Path::new("nobody");
    let (mut app, mut event_loop) = (app::<UnixStream>(), EventLoop::new().unwrap());
    app.peers.connect(path.address(), ());
    event_loop.run(&mut app).unwrap();
    let [Closed::Connect(ConnectError { address, .. })] = &app.why[..] else {
        panic!("{:?}", app.why);
    };
    assert_eq!(*address, format!("unix:{}", path.0.display()));
}

/// A listener with room for one, and those that are in it.
#[cfg(target_os = "linux")]
fn crowded(path: &Path) -> (Socket, Vec<Socket>) {
    let place = SockAddr::unix(&path.0).unwrap();
    let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    listener.bind(&place).unwrap();
    listener.listen(0).unwrap();
    let mut waiting = Vec::new();
    loop {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        if socket.connect(&place).is_err() {
            return (listener, waiting);
        }
        waiting.push(socket);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn where_there_is_no_room_it_is_tried_again_without_an_event() {
    let path = Path::new("no-room");
    let (listener, waiting) = crowded(&path);
    let (mut app, mut event_loop) = (app::<UnixStream>(), EventLoop::new().unwrap());
    app.peers.connect(path.address(), ());
    let turn = turn(&mut event_loop, &mut app);
    assert!(turn.again.is_some_and(|again| !again.is_zero()), "{turn:?}");
    drop(waiting);
    let _first = listener.accept().unwrap();
    until(&mut event_loop, &mut app, |app| app.opened == 1);
}

#[test]
#[cfg(target_os = "linux")]
fn where_no_room_comes_in_time_it_has_failed() {
    let path = Path::new("never-room");
    let (_listener, _waiting) = crowded(&path);
    let (mut app, mut event_loop) = (app::<UnixStream>(), EventLoop::new().unwrap());
    app.peers = Family::new(PEERS).connecting(Duration::from_millis(30));
    app.peers.connect(path.address(), ());
    event_loop.run(&mut app).unwrap();
    assert!(matches!(app.why[..], [Closed::Connect(_)]), "{:?}", app.why);
}
