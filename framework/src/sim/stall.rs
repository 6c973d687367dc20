use std::io;
use std::time::Duration;

use mio::{Interest, Token};

use super::app::token_name;
use super::running::Outcome;
use crate::slot::{Flag, SlotState};
use crate::state::{after, read_clock};
use crate::system::Poll;
use crate::{Error, EventLoop, Handlers, Readiness, Result, family};

/// Turns a loop on real sockets until it is so, and says why if it does not become so
/// within the limit: a test on real sockets that waits here does not hang, and tells a
/// program that has stalled from one that nobody has spoken to.
///
/// * [`Outcome::Reached`]: it is so.
/// * [`Outcome::Finished`]: the loop has ended, as [`run`](EventLoop::run) would have.
/// * [`Outcome::Stalled`]: there is something to be read from a source, or room for
///   what is unsent, and the loop waits all the same: it was told once, and has
///   forgotten it. The text names the sources.
/// * [`Outcome::LimitReached`]: no source is owed anything. What was waited for is
///   somebody else's to do.
///
/// # Errors
///
/// Those of a [turn](EventLoop::turn).
///
/// # Examples
///
/// ```
/// use miocene::net::{TcpListener, TcpStream};
/// use miocene::sim::{self, Outcome};
/// use miocene::{EventLoop, Token, handlers};
/// use std::net::SocketAddr;
/// use std::time::Duration;
///
/// const SERVER: Token = Token(0);
///
/// struct Guide { server: TcpListener, accepted: u32 }
///
/// #[handlers]
/// impl Guide {
///     #[handler(token = SERVER)]
///     fn accept(&mut self, _: (TcpStream, SocketAddr)) { self.accepted += 1; }
/// }
///
/// let mut guide = Guide { server: TcpListener::bind("127.0.0.1:0")?, accepted: 0 };
/// let address = guide.server.local_addr()?;
/// let mut event_loop = EventLoop::new()?;
///
/// let _client = std::net::TcpStream::connect(address)?;
/// let patience = Duration::from_secs(5);
/// let outcome = sim::run_until(&mut event_loop, &mut guide, patience, |guide| guide.accepted == 1)?;
/// assert_eq!(outcome, Outcome::Reached);
///
/// // Nobody else comes, and nothing was forgotten.
/// let moment = Duration::from_millis(20);
/// let outcome = sim::run_until(&mut event_loop, &mut guide, moment, |guide| guide.accepted == 2)?;
/// assert!(matches!(outcome, Outcome::LimitReached(_)));
/// event_loop.close(&mut guide);
/// # Ok::<(), miocene::Error>(())
/// ```
///
/// # Notes
///
/// When the limit is reached and the loop is at rest, each source is registered once
/// more with its own interest, which has the poll say anew whatever it is ready for.
/// What that brings is dispatched in the next turn, as if it had just come: a source
/// that had stalled goes on then, so a test must heed the outcome.
///
/// Where mio runs on `poll(2)` the loop does so itself whenever a source has run dry,
/// and nobody stalls by having said so too early.
///
/// What is paused, rests, or is held back is not owed anything. Of room to write the
/// loop knows for connections only. What comes at the very moment of that look cannot
/// be told from what had come before.
pub fn run_until<A: Handlers>(
    event_loop: &mut EventLoop,
    app: &mut A,
    limit: Duration,
    mut is_so: impl FnMut(&A) -> bool,
) -> Result<Outcome> {
    /// From one look at whether it is so to the next: another thread may change that.
    const GLANCE: Duration = Duration::from_millis(10);

    let end = after(read_clock(), limit);
    loop {
        if is_so(app) {
            return Ok(Outcome::Reached);
        }
        let turn = event_loop.turn(app, Some(GLANCE))?;
        if turn.finished {
            return Ok(match is_so(app) {
                true => Outcome::Reached,
                false => Outcome::Finished,
            });
        }
        if read_clock() < end {
            continue;
        }
        let at_rest = event_loop.events.is_empty() && turn.again != Some(Duration::ZERO);
        return match at_rest {
            true if is_so(app) => Ok(Outcome::Reached),
            true => why_nothing_comes(event_loop, app, limit),
            false => Ok(Outcome::LimitReached(format!(
                "the loop is at work still, after {limit:?}"
            ))),
        };
    }
}

fn why_nothing_comes<A: Handlers>(
    event_loop: &mut EventLoop,
    app: &mut A,
    limit: Duration,
) -> Result<Outcome> {
    let forgotten = forgotten(event_loop, app)?;
    if !forgotten.is_empty() {
        let mut text = "the loop waits, though it was told of".to_owned();
        for (token, ready) in forgotten {
            text += &format!("\n  {}: {ready:?}", token_name::<A>(token));
        }
        return Ok(Outcome::Stalled(text));
    }
    if event_loop.state.is_finished(true) {
        return Ok(Outcome::Finished);
    }
    Ok(Outcome::LimitReached(format!(
        "not within {limit:?}, and no source is owed anything"
    )))
}

/// What sources are ready for of which the loop does not know, or not any more.
fn forgotten<A: Handlers>(
    event_loop: &mut EventLoop,
    app: &mut A,
) -> Result<Vec<(Token, Readiness)>> {
    let mut owed = family::report_anew(app, event_loop.poll.registry());
    for source in event_loop.state.slots.iter() {
        owed.extend(report_anew(app, event_loop, source));
    }
    poll_once(event_loop)?;
    let mut forgotten = Vec::new();
    for event in event_loop.events.iter() {
        let of_token = owed.iter().find(|(token, _)| *token == event.token());
        let ready = of_token.map_or(Readiness::NONE, |(_, owed)| {
            Readiness::from(event).only(*owed)
        });
        if ready != Readiness::NONE {
            forgotten.push((event.token(), ready));
        }
    }
    // What has come just now must not be lost by this.
    event_loop.state.go_over_events_again();
    Ok(forgotten)
}

/// Has the poll say anew what a single source is ready for. What the loop would have
/// to know of that.
fn report_anew<A: Handlers>(
    app: &mut A,
    event_loop: &EventLoop,
    source: &SlotState,
) -> Option<(Token, Readiness)> {
    if !source.used || !source.registered || source.has(Flag::Detached) {
        return None;
    }
    let interest = match source.has(Flag::Away) {
        true => source.interest.remove(Interest::READABLE)?,
        false => source.interest,
    };
    let token = source.token;
    let registry = event_loop.poll.registry();
    registry
        .reregister(app.source(token)?, token, interest)
        .ok()?;
    let is_read = interest.is_readable() && !source.is_held() && !source.latch().is_readable();
    is_read.then_some((token, Readiness::READABLE))
}

/// What there is, without any misbehaviour that was asked for.
fn poll_once(event_loop: &mut EventLoop) -> Result<()> {
    let Poll::Real(poll, _) = &mut event_loop.poll else {
        event_loop.events.clear();
        return Ok(());
    };
    loop {
        match event_loop.events.poll(poll, Some(Duration::ZERO)) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                return Err(Error::Poll {
                    action: "wait for",
                    source,
                });
            }
        }
    }
}
