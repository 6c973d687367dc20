//! Datagrams whose system calls fail.

use std::time::Duration;

use miocene_tests::scale::either;
use miocene_tests::trace::{Faults, Trace};
use miocene_tests::trouble::{Attacked, Trouble};

use crate::kind::Kind;
use crate::scene::{Scene, new_pipe};

/// Every second call fails. Each costs a datagram at the most, and only when it was
/// to be sent.
pub fn datagrams_fail(kind: Kind, call: &str, errors: &[&str], is_lost: bool) -> Attacked<String> {
    const ALL: usize = 50;
    let mut seen = Vec::new();
    for error in errors {
        let faults = Faults { error, when: "1+2" };
        let (pipe, input) = new_pipe()?;
        let program = kind.server("udp")?;
        let (server, trace) = Trace::launch(&program, call, Some(faults), input)?;
        let mut scene = Scene::with(server, pipe);
        let socket = scene.datagrams()?;
        socket.set_read_timeout(Some(Duration::from_millis(either(200, 1_000))))?;
        let mut answered = 0;
        for number in 0..ALL {
            socket.send(&[number as u8])?;
            // One that is to be lost is not waited for.
            let awaited = !is_lost || number % 2 == 1;
            let mut buffer = [0; 2];
            answered += usize::from(awaited && socket.recv(&mut buffer).is_ok());
        }
        scene.server.runs()?;
        let (failed, lost) = (trace.failed(), ALL - answered);
        if failed == 0 || lost != if is_lost { ALL / 2 } else { 0 } {
            return Err(Trouble::broke(format!(
                "{failed} {error}, {lost} lost of {ALL}"
            )));
        }
        seen.push(format!("{failed} {error}, {lost} lost of {ALL}"));
    }
    Ok(seen.join("; "))
}
