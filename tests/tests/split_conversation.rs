//! A recorded conversation gives the same frames, wherever it is cut on its way.
#![cfg(unix)]

mod common;

use std::io::Write;

use common::{turn, until};
use miocene::net::UnixStream;
use miocene::{
    ByteLines, Connection, Ended, EventLoop, Family, Flow, FrameError, Framing, LengthPrefixed,
    Lines, Split, Tokens, handlers,
};

const CLIENTS: Tokens = Tokens::new(1);
const READERS: Tokens = Tokens::new(2);

/// Lines that go over into frames, and back.
enum Protocol {
    Lines(ByteLines),
    Frames(LengthPrefixed),
}

impl Framing for Protocol {
    type Frame<'b> = &'b [u8];

    fn split(&mut self, unread: &[u8], seen: usize) -> Result<Split, FrameError> {
        match self {
            Protocol::Lines(lines) => lines.split(unread, seen),
            Protocol::Frames(frames) => frames.split(unread, seen),
        }
    }

    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        match self {
            Protocol::Lines(lines) => lines.frame(bytes),
            Protocol::Frames(frames) => frames.frame(bytes),
        }
    }

    fn last(&mut self, unread: &[u8]) -> Result<usize, FrameError> {
        match self {
            Protocol::Lines(lines) => lines.last(unread),
            Protocol::Frames(frames) => frames.last(unread),
        }
    }
}

const RECORDED: &[u8] = b"hello\r\n\nupgrade\n\x03abc\x00\x04li\nk\x05lines one\r\xff\ntwo\n\nlast";

/// What the handler must get.
const FRAMES: [&[u8]; 11] = [
    b"hello",
    b"",
    b"upgrade",
    b"abc",
    b"",
    b"li\nk",
    b"lines",
    b" one\r\xff",
    b"two",
    b"",
    b"last",
];

/// A text in which characters can be cut, too.
const TEXT: &str = "žluťoučký\r\nkůň\n\n𝄞 a \r b";
const LINES: [&str; 4] = ["žluťoučký", "kůň", "", "𝄞 a \r b"];

struct App {
    clients: Family<Connection<Protocol, (), UnixStream>>,
    readers: Family<Connection<Lines, (), UnixStream>>,
    frames: Vec<Vec<u8>>,
    ended: Option<Ended>,
}

#[handlers]
impl App {
    #[handler(tokens = CLIENTS)]
    fn frame(&mut self, client: &mut Connection<Protocol, (), UnixStream>, frame: &[u8]) {
        match frame {
            b"upgrade" => *client.framing_mut() = Protocol::Frames(LengthPrefixed::u8()),
            b"lines" => *client.framing_mut() = Protocol::Lines(ByteLines),
            _ => {}
        }
        self.frames.push(frame.to_vec());
    }

    #[handler(tokens = READERS)]
    fn line(&mut self, _: &mut Connection<Lines, (), UnixStream>, line: &str) {
        self.frames.push(line.as_bytes().to_vec());
    }

    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, _: &mut Connection<Protocol, (), UnixStream>, why: Ended) -> Flow {
        self.ended = Some(why);
        Flow::Close
    }

    #[ended(tokens = READERS)]
    fn read(&mut self, _: &mut Connection<Lines, (), UnixStream>, why: Ended) -> Flow {
        self.ended = Some(why);
        Flow::Close
    }
}

impl App {
    fn new() -> App {
        App {
            clients: Family::new(CLIENTS),
            readers: Family::new(READERS),
            frames: Vec::new(),
            ended: None,
        }
    }

    /// The frames of what comes in these pieces, each read before the next is sent.
    fn hear(
        &mut self,
        mut peer: UnixStream,
        pieces: &[&[u8]],
        event_loop: &mut EventLoop,
    ) -> Heard {
        for piece in pieces {
            peer.write_all(piece).unwrap();
            // One turn reads all there is: it is nowhere near a budget.
            let _ = turn(event_loop, self);
        }
        drop(peer);
        until(event_loop, self, |app| app.ended.is_some());
        let ended = self.ended.take().map(|why| why.to_string());
        (std::mem::take(&mut self.frames), ended)
    }
}

/// The frames, and how it ended.
type Heard = (Vec<Vec<u8>>, Option<String>);

fn expected<'a>(frames: impl IntoIterator<Item = &'a [u8]>) -> Heard {
    let frames = frames.into_iter().map(<[u8]>::to_vec).collect();
    (frames, Some("end of file".to_owned()))
}

/// All ways to cut something into three pieces, of which two may be empty.
fn cuts(whole: &[u8]) -> impl Iterator<Item = [&[u8]; 3]> {
    (0..=whole.len()).flat_map(move |first| {
        (first..=whole.len())
            .map(move |second| [&whole[..first], &whole[first..second], &whole[second..]])
    })
}

#[test]
fn a_conversation_that_is_cut_twice_anywhere_gives_the_same_frames() {
    let mut event_loop = EventLoop::new().unwrap();
    let mut app = App::new();
    let expected = expected(FRAMES);
    for pieces in cuts(RECORDED) {
        let (ours, peer) = UnixStream::pair().unwrap();
        let client = Connection::with_framing(ours, Protocol::Lines(ByteLines), ());
        app.clients.insert(client);
        let heard = app.hear(peer, &pieces, &mut event_loop);
        assert_eq!(heard, expected, "cut into {pieces:?}");
    }
}

#[test]
fn a_conversation_that_comes_byte_by_byte_gives_the_same_frames() {
    let mut event_loop = EventLoop::new().unwrap();
    let mut app = App::new();
    let (ours, peer) = UnixStream::pair().unwrap();
    let client = Connection::with_framing(ours, Protocol::Lines(ByteLines), ());
    app.clients.insert(client);
    let bytes: Vec<&[u8]> = RECORDED.chunks(1).collect();
    let heard = app.hear(peer, &bytes, &mut event_loop);
    assert_eq!(heard, expected(FRAMES));
}

#[test]
fn text_that_is_cut_within_characters_gives_the_same_lines() {
    let mut event_loop = EventLoop::new().unwrap();
    let mut app = App::new();
    let expected = expected(LINES.map(str::as_bytes));
    for pieces in cuts(TEXT.as_bytes()) {
        let (ours, peer) = UnixStream::pair().unwrap();
        app.readers.insert(Connection::new(ours));
        let heard = app.hear(peer, &pieces, &mut event_loop);
        assert_eq!(heard, expected, "cut into {pieces:?}");
    }
}
