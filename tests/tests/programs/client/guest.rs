//! What the client connects to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use miocene_tests::server::PATIENCE;
use miocene_tests::trouble::{Attacked, Trouble};
use miocene_tests::wait_until;

/// A connection of the client's, at the server.
pub struct Guest(BufReader<TcpStream>);

impl Guest {
    pub fn accept(listener: &TcpListener) -> Attacked<Guest> {
        listener.set_nonblocking(true)?;
        let mut stream = None;
        wait_until(PATIENCE, || {
            stream = listener.accept().ok();
            stream.is_some()
        });
        let (stream, _) = stream.ok_or_else(|| Trouble::broke("nobody has connected"))?;
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Guest(BufReader::new(stream)))
    }

    pub fn says(&self, text: &str) -> Attacked {
        Ok(self.0.get_ref().write_all(text.as_bytes())?)
    }

    pub fn hears(&mut self, line: &str) -> Attacked {
        let mut heard = String::new();
        self.0.read_line(&mut heard)?;
        match heard.strip_suffix('\n') == Some(line) {
            true => Ok(()),
            false => Err(Trouble::broke(format!("`{line}` expected: {heard:?}"))),
        }
    }

    /// What comes up to the end.
    pub fn hears_out(&mut self) -> Attacked<String> {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest)?;
        Ok(rest)
    }

    pub fn hears_the_end(&mut self) -> Attacked {
        let rest = self.hears_out()?;
        match rest.is_empty() {
            true => Ok(()),
            false => Err(Trouble::broke(format!("the end expected: {rest:?}"))),
        }
    }
}

pub fn listen() -> Attacked<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
