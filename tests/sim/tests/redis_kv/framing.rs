//! The framing, with the checks that the library has for its own.

#[allow(dead_code, reason = "those of other framings")]
#[path = "../../../../framework/src/framing/checks.rs"]
mod checks;

// What the checks are about.
use miocene::{ByteLines, Bytes, Encode, FrameError, Framing, LengthPrefixed, Lines, Split};

use checks::{Asking, Heard};
use miocene::sim::Sim;

use super::redis_kv::resp::Resp;

fn heard<'a>(asking: Asking, pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard<Vec<Vec<u8>>> {
    let mut resp = Resp::with_longest(checks::LIMIT);
    checks::hear(&mut resp, asking, pieces, |_, request| {
        request.arguments().map(<[u8]>::to_vec).collect()
    })
}

/// Almost commands.
fn some_bytes(sim: &Sim) -> Vec<u8> {
    const PARTS: [&[u8]; 16] = [
        b"*1\r\n",
        b"*3\r\n",
        b"*0\r\n",
        b"*-1\r\n",
        b"*9999999999\r\n",
        b"$3\r\nGET\r\n",
        b"$0\r\n\r\n",
        b"$12\r\n0123\r\n6789\r\r\r\n",
        b"$170\r\n",
        b"ping a\r\n",
        b"\r\n",
        b"\r",
        b"\n",
        b"\"",
        b"$",
        b"*01\r\n",
    ];
    let parts = (0..sim.draw(12)).map(|_| PARTS[sim.draw(16) as usize]);
    parts.collect::<Vec<_>>().concat()
}

#[test]
fn how_commands_are_cut_does_not_change_what_is_heard() {
    Sim::seeds(0..5_000).run(|sim| {
        let bytes = some_bytes(sim);
        let whole = heard(Asking::Seen, [&*bytes]);
        for asking in [Asking::Seen, Asking::Anew, Asking::Patiently] {
            for length in [1, 2, 3, 5, 8, 13] {
                let cut = heard(asking, bytes.chunks(length));
                assert_eq!(cut, whole, "{} bytes at a time", length);
            }
        }
    });
}

#[test]
fn what_is_announced_is_judged_before_it_comes() {
    for (bytes, error) in [
        ("*34\r\n", "too big request"),
        ("*2147483648\r\n", "invalid multibulk length"),
        ("*2\r\n$190\r\n", "too big request"),
        ("*1\r\n$201\r\n", "invalid bulk length"),
        ("*1\r\n$-1\r\n", "invalid bulk length"),
    ] {
        let heard = heard(Asking::Seen, [bytes.as_bytes()]);
        let error = format!("Protocol error: {error}");
        assert_eq!(
            (heard.frames.len(), heard.error),
            (0, Some(error)),
            "{bytes:?}"
        );
    }
}
