//! What the measured programs are made to do. The load comes from this process,
//! so that what is counted in theirs is theirs alone.

use std::net::{SocketAddr, TcpStream, UdpSocket};

use crate::measured::Measured;
use crate::server::Server;

/// What one step of a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Regime {
    /// One event a turn, of one item.
    One,
    /// For each source an event in one turn, of one item each.
    Each,
    /// This many items at once, spread over the sources: an event for each
    /// source in one turn, where a source is drained in one.
    AtOnce(usize),
}

impl Regime {
    /// The items of `steps` steps with so many sources.
    pub(crate) fn items(self, sources: usize, steps: usize) -> usize {
        steps
            * match self {
                Regime::One => 1,
                Regime::Each => sources,
                Regime::AtOnce(items) => items,
            }
    }
}

/// A program and what its clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Clients connect, and see that the server closes the connection.
    Connections,
    /// Datagrams of eight bytes, to each source in its turn.
    Datagrams,
}

impl Load {
    /// Leads a server through `steps` steps.
    pub(crate) fn drive(self, server: &Server, regime: Regime, steps: usize) -> Measured {
        match self {
            Load::Connections => drive(server, regime, steps, |address| {
                Ok(TcpStream::connect(address)?)
            }),
            Load::Datagrams => {
                let sender = UdpSocket::bind("127.0.0.1:0")?;
                drive(server, regime, steps, |address| {
                    Ok(sender.send_to(&61_u64.to_ne_bytes(), address)?)
                })
            }
        }
    }
}

fn drive<T>(
    server: &Server,
    regime: Regime,
    steps: usize,
    cause: impl Fn(SocketAddr) -> Measured<T>,
) -> Measured {
    let addresses = server.addresses();
    let mut next = addresses.iter().copied().cycle();
    let items = regime.items(addresses.len(), 1);
    for _ in 0..steps {
        let all: Vec<SocketAddr> = next.by_ref().take(items).collect();
        // What the clients hold is dropped after the step: a server must not
        // meet the end of one in place of the connection.
        let caused: Vec<T> = match all[..] {
            [only] => vec![server.step(|| cause(only))?],
            _ => server.step_at_once(|| all.into_iter().map(&cause).collect())?,
        };
        drop(caused);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_a_regime() {
        assert_eq!(Regime::One.items(5, 7), 7);
        assert_eq!(Regime::Each.items(5, 7), 35);
        assert_eq!(Regime::AtOnce(50).items(5, 7), 350);
    }
}
