//! What is read is what has come.

use std::io::Write;

use miocene::{EventLoop, FrameError, Framing, Split};

use crate::hall::{Hall, client, serve};
use crate::helpers::turns;

/// Says that a frame has a hundred bytes, whatever has come.
#[derive(Default)]
struct Boastful;

impl Framing for Boastful {
    type Frame<'b> = &'b [u8];

    fn split(&mut self, _: &[u8], _: usize) -> Result<Split, FrameError> {
        Ok(Split::Frame(100))
    }

    fn frame<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], FrameError> {
        Ok(bytes)
    }
}

#[test]
fn a_framing_that_finds_a_frame_beyond_what_has_come_ends_reading() {
    let mut hall: Hall<Boastful> = Hall::new();
    let (ann, mut peer) = client("ann");
    let ann = hall.clients.insert(ann);
    let mut event_loop = EventLoop::new().unwrap();
    peer.write_all(&[b'x'; 99]).unwrap();
    turns(&mut event_loop, &mut hall);
    assert!(hall.has_ended(ann), "{:?}", hall.told(ann));
    drop(peer);
    serve(&mut event_loop, &mut hall, |hall| {
        hall.reason(ann).is_some()
    });
    let why = hall.reason(ann).unwrap();
    assert!(why.starts_with("Ended(Frame("), "{why}");
    assert_eq!(hall.items(ann), b"", "it has had no frame");
    event_loop.close(&mut hall);
}
