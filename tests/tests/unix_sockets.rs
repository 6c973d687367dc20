//! Sockets with paths: who may connect, whose path it is, and both kinds of
//! sockets in one application.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use common::until;
use miocene::net::{
    Address, ListenOptions, Listener, Stream, TcpListener, TcpStream, UnixListener, UnixStream,
};
use miocene::{Error, EventLoop, Token, Transport, handlers};

const SERVER: Token = Token(0);
const PATHS: Token = Token(1);

/// A directory of its own for each test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Directory {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("miocene-unix-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        // Under any umask.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        Directory(path)
    }

    fn path(&self) -> PathBuf {
        self.0.join("socket")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// While this is held no other test starts a program. Until it is another program,
/// the child has all our descriptors: a listener that we drop meanwhile lives on.
fn descriptors_are_ours_alone() -> MutexGuard<'static, ()> {
    static STARTING: Mutex<()> = Mutex::new(());
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program, and waits until it is one.
#[cfg(target_os = "linux")]
fn start(command: &mut Command) -> Child {
    let _alone = descriptors_are_ours_alone();
    command.spawn().unwrap()
}

fn mode(path: &Path) -> io::Result<u32> {
    Ok(fs::symlink_metadata(path)?.permissions().mode() & 0o7777)
}

/// The error's text, with its causes, and the kind of what the system said.
fn refusal(path: &Path) -> (String, io::ErrorKind) {
    let error = UnixListener::bind(path).unwrap_err();
    let Error::Listen { source, .. } = &error else {
        panic!("{error:?}");
    };
    let kind = source.kind();
    (format!("{error:?}"), kind)
}

/// The umask is that of a whole process, so each has one of its own.
#[test]
#[cfg(target_os = "linux")]
fn whatever_the_umask_is_the_mode_is_the_one_asked_for_and_at_no_time_a_wider_one() {
    const UNDER_IT: &str = "MIOCENE_TEST_UNDER_UMASK";
    const NAME: &str =
        "whatever_the_umask_is_the_mode_is_the_one_asked_for_and_at_no_time_a_wider_one";
    if std::env::var_os(UNDER_IT).is_some() {
        return [0o600, 0o660].into_iter().for_each(binds_are_watched);
    }
    for umask in ["000", "022", "077", "377"] {
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"umask "$0" && exec "$@""#, umask])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", NAME])
            .env(UNDER_IT, umask)
            .stdout(Stdio::piped());
        let output = start(&mut command).wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "umask {umask}: {text}");
        assert!(text.contains("1 passed"), "umask {umask}: {text}");
    }
}

#[cfg(target_os = "linux")]
fn binds_are_watched(asked: u32) {
    use std::sync::atomic::AtomicBool;

    /// Also when a bind fails.
    struct Over<'a>(&'a AtomicBool);

    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let directory = Directory::new();
    let (path, over) = (directory.path(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut wider = Vec::new();
            while !over.load(Ordering::Relaxed) {
                wider.extend(mode(&path).into_iter().filter(|mode| mode & !asked != 0));
            }
            wider
        });
        let over = Over(&over);
        for _ in 0..200 {
            let _server = ListenOptions::new().mode(asked).bind_unix(&path).unwrap();
            assert_eq!(mode(&path).unwrap(), asked);
            fs::remove_file(&path).unwrap();
        }
        drop(over);
        assert_eq!(watcher.join().unwrap(), [0; 0], "the path had such modes");
    });
}

#[test]
fn of_a_mode_only_the_permissions_count() {
    let directory = Directory::new();
    let options = ListenOptions::new().mode(0o107_640);
    let _server = options.bind_unix(directory.path()).unwrap();
    assert_eq!(mode(&directory.path()).unwrap(), 0o640);
}

#[test]
fn what_a_server_that_is_gone_has_left_is_replaced() {
    let _alone = descriptors_are_ours_alone();
    let directory = Directory::new();
    for _ in 0..3 {
        // Dropping leaves the path, as a crash does.
        let server = UnixListener::bind(directory.path()).unwrap();
        assert_eq!(mode(&directory.path()).unwrap(), 0o600);
        net::UnixStream::connect(directory.path()).unwrap();
        drop(server);
        assert!(directory.path().exists());
    }
}

#[test]
fn a_server_that_lives_is_left_alone_and_named() {
    let directory = Directory::new();
    let path = directory.path();
    let server = net::UnixListener::bind(&path).unwrap();
    let (text, kind) = refusal(&path);
    assert_eq!(kind, io::ErrorKind::AddrInUse);
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    assert!(text.contains("another socket listens there"), "{text}");
    assert!(!text.contains("port"), "{text}");
    let _client = net::UnixStream::connect(&path).unwrap();
    server.accept().unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_has_no_room_for_one_more_is_alive() {
    let directory = Directory::new();
    let path = directory.path();
    let _server = ListenOptions::new().backlog(0).bind_unix(&path).unwrap();
    let _waiting = net::UnixStream::connect(&path).unwrap();
    assert_eq!(refusal(&path).1, io::ErrorKind::AddrInUse);
    assert!(path.exists());
}

#[test]
fn a_datagram_socket_is_not_taken_for_one_that_is_gone() {
    let directory = Directory::new();
    let path = directory.path();
    let _other = net::UnixDatagram::bind(&path).unwrap();
    assert_eq!(refusal(&path).1, io::ErrorKind::AddrInUse);
    assert!(path.exists());
}

#[test]
fn a_link_is_neither_followed_nor_removed() {
    let directory = Directory::new();
    let link = directory.path();
    let stale = directory.0.join("stale");
    drop(net::UnixListener::bind(&stale).unwrap());
    let alive = directory.0.join("alive");
    let server = net::UnixListener::bind(&alive).unwrap();
    server.set_nonblocking(true).unwrap();
    for target in [&stale, &alive, &directory.0.join("nowhere")] {
        symlink(target, &link).unwrap();
        let (text, kind) = refusal(&link);
        assert_eq!(kind, io::ErrorKind::AlreadyExists, "{text}");
        assert!(text.contains("left alone"), "{text}");
        assert_eq!(fs::read_link(&link).unwrap(), *target);
        fs::remove_file(&link).unwrap();
    }
    for socket in [&stale, &alive] {
        let metadata = fs::symlink_metadata(socket).unwrap();
        assert!(metadata.file_type().is_socket());
    }
    let accepted = server.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(accepted, Err(io::ErrorKind::WouldBlock), "it was followed");
}

#[test]
fn a_file_is_not_removed() {
    let directory = Directory::new();
    let path = directory.path();
    fs::write(&path, "precious").unwrap();
    let (text, kind) = refusal(&path);
    assert_eq!(kind, io::ErrorKind::AlreadyExists, "{text}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_path_that_is_none_is_refused_in_so_many_words() {
    let directory = Directory::new();
    for name in ["x".repeat(200), "with a \0 in it".to_owned()] {
        let (text, kind) = refusal(&directory.0.join(name));
        assert_eq!(kind, io::ErrorKind::InvalidInput, "{text}");
        assert!(text.contains("107 bytes"), "{text}");
    }
    // These would be a random and an abstract name on Linux.
    for path in ["", "\0name"] {
        assert_eq!(refusal(Path::new(path)).1, io::ErrorKind::InvalidInput);
    }
    let (text, kind) = refusal(&directory.0.join("nowhere/socket"));
    assert_eq!(kind, io::ErrorKind::NotFound, "{text}");
    assert!(text.contains("there is no such directory"), "{text}");
}

struct Paths {
    server: UnixListener,
    accepted: Vec<(UnixStream, net::SocketAddr)>,
}

#[handlers]
impl Paths {
    #[handler(token = SERVER)]
    fn accept(&mut self, connection: (UnixStream, net::SocketAddr)) {
        self.accepted.push(connection);
    }
}

fn paths(path: &Path) -> Paths {
    Paths {
        server: UnixListener::bind(path).unwrap(),
        accepted: Vec::new(),
    }
}

#[test]
fn connections_by_a_path_are_items_and_counted() {
    let directory = Directory::new();
    let mut app = paths(&directory.path());
    let mut event_loop = EventLoop::new().unwrap();
    for round in 1..=3 {
        let mut client = net::UnixStream::connect(directory.path()).unwrap();
        until(&mut event_loop, &mut app, |app| app.accepted.len() == round);
        let (stream, address) = app.accepted.last_mut().unwrap();
        assert!(address.is_unnamed());
        let read = stream.read(&mut [0]).map_err(|error| error.kind());
        assert_eq!(read, Err(io::ErrorKind::WouldBlock));
        client.write_all(b"x").unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 1);
    }
    assert_eq!(app.server.counts().accepted, 3);
}

/// Mio's own listener panics at the first of them, and sees no name of the
/// second.
#[test]
#[cfg(target_os = "linux")]
fn a_peer_may_have_any_address_that_the_system_lets_it_have() {
    use std::os::linux::net::SocketAddrExt;

    /// Without a zero at its end a path may be as long as the address.
    const CLIENTS: &str = r#"use Socket;
        chdir $ARGV[0] or die;
        for my $name ("x" x 108, "\0miocene-$$") {
            socket(my $client, AF_UNIX, SOCK_STREAM, 0) or die;
            bind($client, pack("Sa*", AF_UNIX, $name)) or die "bind: $!";
            connect($client, pack_sockaddr_un("socket")) or die "connect: $!";
        }"#;
    let directory = Directory::new();
    let mut app = paths(&directory.path());
    let mut perl = Command::new("perl");
    let clients = perl.args(["-e", CLIENTS]).arg(&directory.0);
    assert!(start(clients).wait().unwrap().success());
    until(&mut EventLoop::new().unwrap(), &mut app, |app| {
        app.accepted.len() == 2
    });
    let [(_, long), (_, hidden)] = &app.accepted[..] else {
        unreachable!()
    };
    assert_eq!(long.as_pathname(), Some(Path::new(&"x".repeat(108))));
    assert!(hidden.as_abstract_name().unwrap().starts_with(b"miocene-"));
}

struct Both {
    server: Listener,
    paths: Listener,
    accepted: Vec<(Stream, Address)>,
}

#[handlers]
impl Both {
    #[handler(token = SERVER)]
    fn accept(&mut self, connection: (Stream, Address)) {
        self.accepted.push(connection);
    }

    #[handler(token = PATHS)]
    fn accept_by_path(&mut self, connection: (Stream, Address)) {
        self.accepted.push(connection);
    }
}

#[test]
fn one_type_of_listener_takes_both_kinds_of_addresses() {
    let directory = Directory::new();
    let text = format!("unix:{}", directory.path().display());
    let mut app = Both {
        server: Listener::bind("127.0.0.1:0").unwrap(),
        paths: Listener::bind(&text).unwrap(),
        accepted: Vec::new(),
    };
    assert_eq!(app.paths.local_addr().unwrap().to_string(), text);
    let Address::Tcp(address) = app.server.local_addr().unwrap() else {
        panic!("{:?}", app.server);
    };
    let mut event_loop = EventLoop::new().unwrap();
    let mut tcp = std::net::TcpStream::connect(address).unwrap();
    until(&mut event_loop, &mut app, |app| app.accepted.len() == 1);
    let mut unix = net::UnixStream::connect(directory.path()).unwrap();
    until(&mut event_loop, &mut app, |app| app.accepted.len() == 2);

    let [(first, first_peer), (second, second_peer)] = &mut app.accepted[..] else {
        unreachable!()
    };
    let peer = tcp.local_addr().unwrap().to_string();
    assert_eq!(first_peer.to_string(), peer);
    assert_eq!(first.peer_address().unwrap().to_string(), peer);
    assert_eq!(second_peer.to_string(), "unix:(unnamed)");
    assert_eq!(second.local_addr().unwrap().to_string(), text);
    for (stream, client) in [(first, &mut tcp as &mut dyn Read), (second, &mut unix)] {
        stream.set_nodelay(true).unwrap();
        (&*stream).write_all(b"good").unwrap();
        stream.write_all(b"bye").unwrap();
        stream.end_writing().unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).unwrap();
        assert_eq!(text, "goodbye");
        assert!(stream.take_error().unwrap().is_none());
    }
    assert_eq!(app.server.counts().accepted, 1);
    assert_eq!(app.paths.counts().accepted, 1);
}

#[test]
fn a_peer_on_a_socket_for_both_families_is_known_by_the_address_that_it_has() {
    // Where there is no IPv6, or such a socket is for it alone, nobody has a
    // mapped address.
    let Ok(server) = TcpListener::bind("[::]:0") else {
        return;
    };
    let port = server.local_addr().unwrap().port();
    let Ok(client) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let mut app = Both {
        server: server.into(),
        paths: Listener::bind("127.0.0.1:0").unwrap(),
        accepted: Vec::new(),
    };
    until(&mut EventLoop::new().unwrap(), &mut app, |app| {
        app.accepted.len() == 1
    });
    let peer = client.local_addr().unwrap().to_string();
    let (stream, address) = &app.accepted[0];
    assert_eq!(address.to_string(), peer);
    assert_eq!(stream.peer_addr().unwrap().to_string(), peer);
}

#[test]
fn text_for_an_abstract_name_does_not_make_a_file() {
    let error = Listener::bind("unix:@miocene").unwrap_err();
    assert!(error.to_string().contains("abstract name"), "{error}");
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::Unsupported);
    assert!(!Path::new("@miocene").exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_listener_with_an_abstract_name_is_taken_from_the_standard_library() {
    use std::os::linux::net::SocketAddrExt;

    let name = format!("miocene-\u{7}-{}", std::process::id());
    let address = net::SocketAddr::from_abstract_name(&name).unwrap();
    let server = UnixListener::from_std(net::UnixListener::bind_addr(&address).unwrap()).unwrap();
    let server = Listener::from(server);
    let shown = server.local_addr().unwrap().to_string();
    assert_eq!(shown, format!("unix:@{}", name.escape_debug()));
    let _client = net::UnixStream::connect_addr(&address).unwrap();
    server.accept().unwrap();
}

/// The directions end one by one, over each kind of stream.
fn ends_by_halves<S: Transport>(mut ours: S, mut theirs: S, shut: fn(&S, Shutdown)) {
    theirs.write_all(b"request").unwrap();
    shut(&theirs, Shutdown::Write);
    let mut text = String::new();
    ours.read_to_string(&mut text).unwrap();
    assert_eq!(text, "request");
    ours.write_all(b"answer").unwrap();
    ours.end_writing().unwrap();
    assert!(ours.write(b"more").is_err());
    text.clear();
    theirs.read_to_string(&mut text).unwrap();
    assert_eq!(text, "answer");
    assert!(!ours.holds_input());
}

#[test]
fn a_stream_that_has_read_the_end_can_still_write() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ends_by_halves(ours, theirs, |stream, how| stream.shutdown(how).unwrap());
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (ours, theirs) = (Stream::from(ours), Stream::from(theirs));
    ends_by_halves(ours, theirs, |stream, how| stream.shutdown(how).unwrap());
    let (ours, theirs) = UnixStream::pair().unwrap();
    ends_by_halves(Box::new(ours), Box::new(theirs), |stream, how| {
        stream.shutdown(how).unwrap();
    });
}

/// Urgent data splits what has come, as descriptors do, which cannot be sent
/// from here.
#[test]
#[cfg(target_os = "linux")]
fn a_short_read_of_a_unix_stream_need_not_be_its_last() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let peer = socket2::SockRef::from(&theirs);
    peer.send(b"one").unwrap();
    peer.send_out_of_band(b"!").unwrap();
    peer.send(b"two").unwrap();
    assert_eq!(ours.read(&mut [0; 64]).unwrap(), 3);
    assert_eq!(ours.read(&mut [0; 64]).unwrap(), 3);
    const { assert!(!UnixStream::SHORT_READ_IS_DRY && !Stream::SHORT_READ_IS_DRY) };
    const { assert!(TcpStream::SHORT_READ_IS_DRY) };
}
