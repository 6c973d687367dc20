//! Each direction ends by itself.

use std::io::{Read, Write};
use std::net::Shutdown;

use miocene_tests::server::Server;
use miocene_tests::tool::Tool;
use miocene_tests::trouble::{Attacked, Trouble};

use super::{Upstream, start};

fn client(tool: &str, proxy: &Server) -> Attacked<Tool> {
    let address = proxy.address();
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    match tool {
        "nc" => Tool::start("nc", &["-N", &ip, &port]),
        // When one direction has ended the other has half a second by default.
        _ => Tool::start("socat", &["-t30", "-", &format!("TCP:{address}")]),
    }
}

/// The upstream answers when it has read the end, and the answer arrives.
pub fn client_first(tool: &str) -> Attacked<String> {
    let upstream = Upstream::start(|mut stream| {
        let mut asked = String::new();
        stream.read_to_string(&mut asked)?;
        write!(stream, "{} bytes\n{asked}", asked.len())?;
        Ok(())
    })?;
    let mut proxy = start(upstream.address)?;
    let mut client = client(tool, &proxy)?;
    client.say("one\ntwo\n")?;
    client.end_input();
    upstream.done()?;
    let heard = client.leaves()?;
    proxy.runs()?;
    match heard == ["8 bytes", "one", "two"] {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!("heard: {heard:?}"))),
    }
}

/// The client has read the end, and what it says then arrives.
pub fn upstream_first() -> Attacked<String> {
    let upstream = Upstream::start(|mut stream| {
        stream.write_all(b"go on\n")?;
        stream.shutdown(Shutdown::Write)?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        Ok(said)
    })?;
    let mut proxy = start(upstream.address)?;
    let mut client = client("socat", &proxy)?;
    client.hears("go on")?;
    client.say("one\n")?;
    client.say("two\n")?;
    client.end_input();
    let said = upstream.done()?;
    client.leaves()?;
    proxy.runs()?;
    match said == "one\ntwo\n" {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!("said: {said:?}"))),
    }
}
