//! What is read and written in pieces, and how it is counted.

use std::io::{Read, Write};

use miocene_tests::client::Client;
use miocene_tests::oracle;
use miocene_tests::trouble::{Attacked, Trouble};

use crate::kind::Kind::{self, Pipe};
use crate::scene::Scene;

/// After each byte another client is answered, so that the server has read it.
pub fn byte_by_byte(kind: Kind) -> Attacked {
    const LINE: &str = "a line that comes in very small pieces";
    let mut scene = Scene::start(kind)?;
    let mut other = scene.served_client()?;
    let mut client = scene.served_client()?;
    for byte in format!("{LINE}\n").bytes() {
        match kind {
            Pipe => scene.write(&[byte])?,
            _ => client.stream().write_all(&[byte])?,
        }
        other.say("ping\n")?;
        other.hears("ping")?;
    }
    match kind {
        Pipe => scene.prints(&format!("pipe: {LINE}"))?,
        _ => client.hears(LINE)?,
    }
    scene.others_are_served()
}

/// The client reads slowly, from a small buffer, and says nothing more.
pub fn short_writes(kind: Kind) -> Attacked<String> {
    const SIZE: usize = 8_000_000;
    let (mut scene, trace) = Scene::launch(kind, "sendto", None)?;
    scene.server.listens()?;
    let mut client = scene.client()?;
    client.stream().set_recv_buffer_size(65_536)?;
    client.say(&format!("big {SIZE}\n"))?;
    takes(&mut client, SIZE)?;
    scene.others_are_served()?;
    let short = trace.count(|line| {
        let (call, taken) = line.rsplit_once(" = ").unwrap_or_default();
        let asked = call
            .rsplit(", ")
            .nth(3)
            .and_then(|it| it.parse::<usize>().ok());
        let taken = taken.parse::<usize>().ok();
        call.starts_with("sendto(") && taken.is_some() && taken < asked
    });
    match short {
        0 => Err(Trouble::broke("no write was short")),
        _ => Ok(format!("{short} short writes")),
    }
}

/// The client must get so much of the oracle's bytes.
pub fn takes(client: &mut Client, size: usize) -> Attacked {
    let mut bytes = vec![0; 16_384];
    let mut taken = 0;
    while taken < size {
        let most = bytes.len().min(size - taken);
        let count = client.stream().read(&mut bytes[..most])?;
        if count == 0 {
            return Err(Trouble::broke(format!("the end after {taken} of {size}")));
        }
        if let Some(at) = oracle::first_wrong(0, taken, &bytes[..count]) {
            return Err(Trouble::broke(format!("byte {at} is another one")));
        }
        taken += count;
    }
    Ok(())
}

/// How many reads the server has made before its pipe is written to: the rest are
/// the loader's.
pub fn reads_at_rest(kind: Kind) -> Attacked<usize> {
    let (mut scene, trace) = Scene::launch(kind, "read", None)?;
    scene.server.listens()?;
    // Then it has left its start behind.
    scene.served_client()?;
    Ok(trace.calls_of("read"))
}
