//! What to do when accepting fails.

use std::io;
use std::time::Duration;

use crate::planted::Bug;
use crate::{Input, selector};

/// What a listener has met while accepting.
///
/// # Examples
///
/// See [`TcpListener::counts`](crate::net::TcpListener::counts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AcceptCounts {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections that had failed before they could be accepted: reset by the
    /// peer, or with an error of the network pending.
    pub failed_peers: u64,
    /// Times that descriptors or memory had run out.
    pub exhausted: u64,
    /// Errors that accept(2) does not speak of as passing.
    pub unexpected: u64,
}

/// Unexpected errors in a row after which a listener is dead. With the default
/// delay between them, that is a second.
const UNEXPECTED_TO_GIVE_UP: u32 = 10;

/// Failed peers in a row after which the listener rests. A peer that has gone
/// costs one call; so many without a single connection are something else.
const FAILED_PEERS_TO_REST: u32 = 16;

/// The accept policy of one listener: who is to blame for an error decides.
#[derive(Debug, Default)]
pub(crate) struct AcceptPolicy {
    /// Errors since the listener was last seen to be well: since a connection
    /// was accepted, or all that waited had been.
    failed_peers: u32,
    unexpected: u32,
    /// How many had been accepted when the last error came, or [`WELL`]. What
    /// is well has no more to do than to count, or to say so.
    accepted_before: u64,
    accepted: u64,
    /// All but `accepted`, which is kept apart from what is rare.
    counts: AcceptCounts,
}

/// No number of connections.
const WELL: u64 = u64::MAX;

enum Blame {
    /// The connection itself had failed: go on with the next one, as
    /// [accept(2)](https://man7.org/linux/man-pages/man2/accept.2.html) asks.
    Peer,
    /// The system has run out of something: nothing is wrong with the
    /// listener, and no event will tell when it is better.
    Exhausted,
    /// Perhaps the listener itself.
    Unexpected,
}

impl AcceptPolicy {
    pub(crate) fn counts(&self) -> AcceptCounts {
        AcceptCounts {
            accepted: self.accepted,
            ..self.counts
        }
    }

    #[inline(always)]
    pub(crate) fn accepted(&mut self) {
        self.accepted += 1;
    }

    /// Nobody waits to be accepted.
    #[inline(always)]
    pub(crate) fn dry(&mut self) {
        self.accepted_before = WELL;
    }

    /// How long the listener rests after an error, if at all, or that it is
    /// dead. What the drain knows how to go on from is given back to it.
    #[cold]
    #[inline(never)]
    pub(crate) fn failed(
        &mut self,
        error: io::Error,
        input: &Input,
    ) -> io::Result<Option<Duration>> {
        if error.kind() == io::ErrorKind::Interrupted || selector::forgot(&error) {
            return Err(error);
        }
        if self.accepted_before != self.accepted {
            self.accepted_before = self.accepted;
            (self.failed_peers, self.unexpected) = (0, 0);
        }
        match blame(&error) {
            Blame::Peer => {
                self.counts.failed_peers += 1;
                self.failed_peers += 1;
                if Bug::StopsAtAFailedPeer.is_planted() {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                if self.failed_peers < FAILED_PEERS_TO_REST {
                    return Ok(None);
                }
                self.failed_peers = 0;
            }
            Blame::Exhausted => {
                self.counts.exhausted += 1;
                if Bug::GivesUpWhenExhausted.is_planted() {
                    return Err(error);
                }
            }
            Blame::Unexpected => {
                self.counts.unexpected += 1;
                self.unexpected += 1;
                if self.unexpected >= UNEXPECTED_TO_GIVE_UP {
                    self.unexpected = 0;
                    return Err(error);
                }
            }
        }
        if Bug::NeverAcceptsAgain.is_planted() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Some(input.retry_delay()))
    }
}

fn blame(error: &io::Error) -> Blame {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, NetworkDown, NetworkUnreachable,
        OutOfMemory, PermissionDenied, TimedOut,
    };
    match error.kind() {
        ConnectionAborted | ConnectionReset | HostUnreachable | NetworkDown
        | NetworkUnreachable | PermissionDenied | TimedOut => Blame::Peer,
        OutOfMemory => Blame::Exhausted,
        _ => blame_number(error.raw_os_error().unwrap_or(0)),
    }
}

/// For what [`io::ErrorKind`] has no stable name for.
#[cfg(unix)]
fn blame_number(number: i32) -> Blame {
    match number {
        libc::EPROTO | libc::ENOPROTOOPT | libc::EHOSTDOWN | libc::EOPNOTSUPP => Blame::Peer,
        #[cfg(any(target_os = "linux", target_os = "android"))]
        libc::ENONET => Blame::Peer,
        libc::EMFILE | libc::ENFILE | libc::ENOBUFS => Blame::Exhausted,
        _ => Blame::Unexpected,
    }
}

/// WSAEMFILE and WSAENOBUFS of
/// [Winsock](https://learn.microsoft.com/en-us/windows/win32/winsock/windows-sockets-error-codes-2).
#[cfg(not(unix))]
fn blame_number(number: i32) -> Blame {
    match number {
        10024 | 10055 => Blame::Exhausted,
        _ => Blame::Unexpected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(policy: &mut AcceptPolicy, number: i32) -> io::Result<Option<Duration>> {
        policy.failed(io::Error::from_raw_os_error(number), &Input::default())
    }

    #[test]
    #[cfg(unix)]
    fn a_failed_peer_costs_one_call_and_a_run_of_them_a_rest() {
        let mut policy = AcceptPolicy::default();
        for number in [
            libc::ECONNABORTED,
            libc::EPROTO,
            libc::EPERM,
            libc::ETIMEDOUT,
        ] {
            assert_eq!(answer(&mut policy, number).unwrap(), None);
        }
        for _ in 4..FAILED_PEERS_TO_REST - 1 {
            assert_eq!(answer(&mut policy, libc::ECONNABORTED).unwrap(), None);
        }
        let rest = answer(&mut policy, libc::ECONNABORTED).unwrap();
        assert!(rest.is_some());
        assert_eq!(
            policy.counts().failed_peers,
            u64::from(FAILED_PEERS_TO_REST)
        );
    }

    #[test]
    #[cfg(unix)]
    fn exhaustion_is_never_the_end_of_a_listener() {
        let mut policy = AcceptPolicy::default();
        for _ in 0..100 {
            for number in [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM] {
                assert!(matches!(answer(&mut policy, number), Ok(Some(_))));
            }
        }
        assert_eq!(policy.counts().exhausted, 400);
    }

    #[test]
    #[cfg(unix)]
    fn a_listener_is_given_up_after_unexpected_errors_in_a_row_only() {
        let mut policy = AcceptPolicy::default();
        for _ in 0..3 {
            for _ in 1..UNEXPECTED_TO_GIVE_UP {
                assert!(matches!(answer(&mut policy, libc::EINVAL), Ok(Some(_))));
            }
            policy.accepted();
            assert!(answer(&mut policy, libc::EINVAL).is_ok());
            policy.dry();
        }
        for _ in 1..UNEXPECTED_TO_GIVE_UP {
            assert!(answer(&mut policy, libc::EBADF).is_ok());
        }
        assert!(answer(&mut policy, libc::EBADF).is_err());
    }
}
