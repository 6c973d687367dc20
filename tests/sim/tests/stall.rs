//! Waiting on real sockets: whoever has stalled is named, and nobody else.
#![cfg(feature = "sim")]

use std::io::{self, Read, Write};
use std::net::{self, SocketAddr};
use std::time::Duration;

use miocene::mio::event::Source;
use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{self, Outcome};
use miocene::{
    Context, Drain, EventLoop, Family, Flow, Handlers, Input, Next, Token, Tokens, handlers,
};

/// Longer than anything here takes: for what comes.
const PATIENCE: Duration = Duration::from_secs(10);
/// For what does not.
const MOMENT: Duration = Duration::from_millis(30);

const SERVER: Token = Token(0);
const UPSTREAM: Token = Token(1);
const CLIENTS: Tokens = Tokens::new(1);

/// Bytes of a stream, one at a time. A forgetful one says that there are no more
/// when it has read one, though it has not met `WouldBlock`.
struct Letters {
    stream: TcpStream,
    forgetful: bool,
    has_read: bool,
}

impl Drain for Letters {
    type Item<'b> = u8;

    fn source(&mut self) -> &mut dyn Source {
        &mut self.stream
    }

    fn next(&mut self, _: &mut Input) -> io::Result<Next<u8>> {
        if std::mem::take(&mut self.has_read) && self.forgetful {
            return Ok(Next::Dry);
        }
        let mut letter = [0];
        match self.stream.read(&mut letter)? {
            0 => Ok(Next::End),
            _ => {
                self.has_read = true;
                Ok(Next::Item(letter[0]))
            }
        }
    }
}

/// A connection, and the other end of it.
fn letters(forgetful: bool) -> (Letters, net::TcpStream) {
    let listener = net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let far = net::TcpStream::connect(address).expect("a connection");
    let (near, _) = listener.accept().expect("its other end");
    let letters = Letters {
        stream: TcpStream::from_std(near).expect("a stream"),
        forgetful,
        has_read: false,
    };
    (letters, far)
}

struct Reader {
    upstream: Letters,
    read: Vec<u8>,
}

#[handlers]
impl Reader {
    #[handler(token = UPSTREAM)]
    fn letter(&mut self, cx: &mut Context<'_>, letter: u8) -> Flow {
        self.read.push(letter);
        match letter {
            b'p' => Flow::Pause,
            b'q' => {
                cx.stop();
                Flow::Continue
            }
            _ => Flow::Continue,
        }
    }
}

fn reader(forgetful: bool) -> (Reader, net::TcpStream) {
    let (upstream, far) = letters(forgetful);
    let read = Vec::new();
    (Reader { upstream, read }, far)
}

fn wait<A: Handlers>(
    event_loop: &mut EventLoop,
    app: &mut A,
    limit: Duration,
    is_so: impl FnMut(&A) -> bool,
) -> Outcome {
    sim::run_until(event_loop, app, limit, is_so).expect("turns")
}

fn has_read(text: &'static [u8]) -> impl Fn(&Reader) -> bool {
    move |reader| reader.read == text
}

/// What is said of a stall. On `poll(2)`, where a source is registered again when it
/// has run dry, nobody stalls by saying so too early.
fn stalled(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Stalled(text) => Some(text),
        Outcome::Reached if cfg!(mio_unsupported_force_poll_poll) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_comes_is_reached() {
    let (mut reader, mut far) = reader(false);
    let mut event_loop = EventLoop::new().expect("a loop");
    far.write_all(b"abc").expect("room");
    let outcome = wait(&mut event_loop, &mut reader, PATIENCE, has_read(b"abc"));
    assert_eq!(outcome, Outcome::Reached);
    event_loop.close(&mut reader);
}

#[test]
fn a_source_that_says_dry_too_early_is_named() {
    let (mut reader, mut far) = reader(true);
    let mut event_loop = EventLoop::new().expect("a loop");
    far.write_all(b"abc").expect("room");
    let outcome = wait(&mut event_loop, &mut reader, MOMENT, has_read(b"abc"));
    event_loop.close(&mut reader);
    if let Some(text) = stalled(outcome) {
        assert!(text.contains("UPSTREAM: READABLE"), "{text}");
        assert_eq!(reader.read, b"a");
    }
}

#[test]
fn nobody_is_named_when_nobody_has_spoken() {
    let (mut reader, mut far) = reader(false);
    let mut event_loop = EventLoop::new().expect("a loop");
    for text in [&b"a"[..], b"ab", b"abc"] {
        let outcome = wait(&mut event_loop, &mut reader, MOMENT, |_| false);
        assert!(matches!(outcome, Outcome::LimitReached(_)), "{outcome:?}");
        // To have looked costs nobody anything.
        far.write_all(&text[text.len() - 1..]).expect("room");
        let came = |reader: &Reader| reader.read == text;
        let outcome = wait(&mut event_loop, &mut reader, PATIENCE, came);
        assert_eq!(outcome, Outcome::Reached);
    }
    event_loop.close(&mut reader);
}

#[test]
fn whoever_is_paused_is_owed_nothing() {
    let (mut reader, mut far) = reader(false);
    let mut event_loop = EventLoop::new().expect("a loop");
    far.write_all(b"pqr").expect("room");
    let outcome = wait(&mut event_loop, &mut reader, MOMENT, has_read(b"pqr"));
    // Nothing can happen any more, as the loop's `run` would see.
    assert_eq!(outcome, Outcome::Finished);
    assert_eq!(reader.read, b"p");
    event_loop.close(&mut reader);
}

#[test]
fn a_loop_that_has_stopped_has_finished() {
    let (mut reader, mut far) = reader(false);
    let mut event_loop = EventLoop::new().expect("a loop");
    far.write_all(b"abq").expect("room");
    let outcome = wait(&mut event_loop, &mut reader, PATIENCE, |_| false);
    assert_eq!(outcome, Outcome::Finished);
    assert_eq!(reader.read, b"abq");
}

struct Crowd {
    server: TcpListener,
    clients: Family<Letters>,
    read: usize,
}

#[handlers]
impl Crowd {
    #[handler(token = SERVER)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        // The second client is read by somebody who forgets.
        let forgetful = self.clients.len() == 1;
        self.clients.insert(Letters {
            stream,
            forgetful,
            has_read: false,
        });
    }

    #[handler(tokens = CLIENTS)]
    fn letter(&mut self, _: &mut Letters, _: u8) {
        self.read += 1;
    }
}

#[test]
fn of_a_family_the_member_that_has_stalled_is_named() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a server");
    let address = server.local_addr().expect("its address");
    let mut crowd = Crowd {
        server,
        clients: Family::new(CLIENTS),
        read: 0,
    };
    let mut event_loop = EventLoop::new().expect("a loop");
    let mut clients: Vec<_> = (0..3)
        .map(|_| net::TcpStream::connect(address).expect("a connection"))
        .collect();
    let all_are_here = |crowd: &Crowd| crowd.clients.len() == 3;
    let outcome = wait(&mut event_loop, &mut crowd, PATIENCE, all_are_here);
    assert_eq!(outcome, Outcome::Reached);
    for client in &mut clients {
        client.write_all(b"ab").expect("room");
    }
    let outcome = wait(&mut event_loop, &mut crowd, MOMENT, |crowd| crowd.read == 6);
    event_loop.close(&mut crowd);
    if let Some(text) = stalled(outcome) {
        assert!(text.contains("CLIENTS[1]: READABLE"), "{text}");
        assert!(!text.contains("[0]") && !text.contains("[2]") && !text.contains("SERVER"));
    }
}
