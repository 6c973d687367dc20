//! A client, and who types.

use std::cell::RefCell;
use std::io::{self, Write};
use std::ops::Range;
use std::rc::Rc;

use miocene::sim::{App, Peer, Sim};
use miocene::{Sender, TrySendError, channel};

use crate::ADDRESS;
use crate::program::backoff::Backoff;
use crate::program::client::Client;
use crate::program::input::{AHEAD, Line};

/// What a client writes to.
#[derive(Clone, Default)]
pub struct Paper(Rc<RefCell<Vec<u8>>>);

impl Paper {
    pub fn lines(&self) -> Vec<String> {
        let bytes = self.0.borrow();
        let text = String::from_utf8_lossy(&bytes);
        text.lines().map(str::to_owned).collect()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client, and who types.
pub struct Terminal {
    pub client: App<Client>,
    keys: Option<Sender<Line>>,
    pub screen: Paper,
    pub notices: Paper,
    pub typed: usize,
}

impl Terminal {
    pub fn new(sim: &Sim) -> Terminal {
        let (keys, input) = channel(AHEAD);
        let (screen, notices) = (Paper::default(), Paper::default());
        let mut client = Client::new(vec![ADDRESS.parse().unwrap()], input);
        client.output = Box::new(screen.clone());
        client.notices = Box::new(notices.clone());
        client.backoff = Backoff::new(sim.draw(1 << 32));
        Terminal {
            client: sim.start(client),
            keys: Some(keys),
            screen,
            notices,
            typed: 0,
        }
    }

    /// Types a line with its number, if that is taken.
    pub fn types(&mut self) -> bool {
        let line = typed_line(self.typed);
        let keys = self.keys.as_ref().expect("not at its end");
        match keys.try_send(Ok(line.into_bytes())) {
            Ok(()) => self.typed += 1,
            Err(TrySendError::Full(_)) => return false,
            Err(error) => panic!("{error}"),
        }
        true
    }

    pub fn ends_input(&mut self) {
        self.keys = None;
    }
}

/// Some are longer than what fits into a packet.
pub fn typed_line(number: usize) -> String {
    let length = if number % 7 == 6 { 3_000 } else { 0 };
    format!("{number} {}\n", "x".repeat(length))
}

/// Which of the typed lines a server has received, and whether a part of the next
/// one. They must be some that follow on each other.
pub fn received_lines(peer: &Peer) -> Range<usize> {
    let received = peer.received();
    let text = String::from_utf8(received).expect("it was typed");
    let Some((first, _)) = text.split_once(' ') else {
        return 0..0;
    };
    let first: usize = first.parse().expect("a line begins with its number");
    let mut rest = text.as_str();
    let mut next = first;
    while let Some(after) = rest.strip_prefix(&typed_line(next)) {
        (rest, next) = (after, next + 1);
    }
    assert!(typed_line(next).starts_with(rest), "{next}: {rest:?}");
    first..next
}
