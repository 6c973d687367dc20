//! What a loop, its application's sources and their sockets are between two
//! turns, as one value: to be judged by [`invariant`](super::invariant), and to tell
//! whether two ways have led to the same.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use mio::Token;

use super::world::{self, Kind, LoopKey, Sleep, World};
use crate::family::{self, FamilySeen};
use crate::slot::Flag;
use crate::state::{Command, State};
use crate::system::Poll;
use crate::{EventLoop, Handlers, Input};

/// Two that are equal, or have the same hash, stand for loops that do the same from
/// here on: tokens are who has them, and of a deadline counts whether it has come.
#[derive(Debug, Hash)]
pub struct Inspection {
    pub(super) singles: Vec<Single>,
    pub(super) families: Vec<FamilySeen>,
    /// Those that the system knows: they were registered with the poll at some time.
    pub(super) known: BTreeSet<Who>,
    /// The ready queue.
    pub(super) queue: Vec<Who>,
    /// Those that wait for room.
    pub(super) waiting: Vec<Who>,
    pub(super) commands: Vec<Command>,
    pub(super) later: bool,
    pub(super) stopping: bool,
    pub(super) sleep: Asleep,
    pub(super) sockets: Vec<SocketSeen>,
    served: Vec<Who>,
    edges: Vec<usize>,
    left: Vec<[usize; 5]>,
    buffer: (bool, bool, Who),
    flags: [bool; 7],
}

/// Whose a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who {
    Slot(usize),
    /// By family and place.
    Place(u8, u32),
    Nobody,
}

/// How far off something is. It hashes as whether it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Left(pub(super) Duration);

/// A wait under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum Asleep {
    #[default]
    No,
    Until(Left),
    ForEver,
}

/// A single source.
#[derive(Debug, Hash)]
pub(super) struct Single {
    pub(super) slot: usize,
    word: u32,
    pub(super) latched: bool,
    pub(super) held: bool,
    pub(super) registered: bool,
    pub(super) rests: Option<Left>,
    wakes: u32,
}

/// A simulated socket.
#[derive(Debug, Hash)]
pub(super) struct SocketSeen {
    pub(super) who: Who,
    pub(super) for_reading: bool,
    pub(super) for_writing: bool,
    /// An edge is coming.
    pub(super) pending: bool,
    pub(super) readable: bool,
    pub(super) has_room: bool,
    amounts: [usize; 2],
    error: Option<i32>,
    flags: [bool; 7],
}

impl Single {
    pub(super) fn has(&self, flag: Flag) -> bool {
        self.word & flag as u32 != 0
    }
}

impl Left {
    pub(crate) fn between(now: Instant, at: Instant) -> Left {
        Left(at.saturating_duration_since(now))
    }
}

impl Hash for Left {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.is_zero().hash(hasher);
    }
}

impl Inspection {
    pub(super) fn of<A: Handlers>(event_loop: &EventLoop, app: &mut A) -> Inspection {
        let key = match event_loop.poll {
            Poll::Simulated { key, .. } => key,
            Poll::Real(..) => unreachable!("it was made in a simulated world"),
        };
        let now = crate::state::read_clock();
        let (families, members) = family::inspect(app, now);
        let state = &event_loop.state;
        let tokens = Tokens { state, members };
        let looks = |world: &mut World| look(world, key, &tokens);
        let (sockets, edges, sleep) = world::with(looks).unwrap_or_default();
        let known = world::with(|world| tokens.known(&world.pollers[key].known));
        let (waiting, served) = state.waiting.known();
        Inspection {
            singles: singles(state, now),
            families,
            known: known.unwrap_or_default(),
            queue: state.ready.iter().map(|token| tokens.who(*token)).collect(),
            waiting: waiting.iter().map(|token| tokens.who(*token)).collect(),
            commands: state.commands.clone(),
            later: state.outlook.later,
            stopping: state.stopping,
            sleep,
            sockets,
            served: served.map(|token| tokens.who(token)).collect(),
            edges,
            left: tokens.left(&event_loop.input),
            buffer: {
                let (others, used, owner) = event_loop.input.known();
                (others, used, tokens.owner(owner))
            },
            flags: [
                state.attention,
                state.unsettled,
                state.overfull,
                state.grown,
                state.events_again,
                state.outlook.room,
                state.outlook.on_time,
            ],
        }
    }

    /// Whether the loop waits, and for something that has yet to happen.
    pub fn is_quiet(&self) -> bool {
        self.edges.is_empty()
            && match self.sleep {
                Asleep::No => false,
                Asleep::Until(until) => !until.0.is_zero(),
                Asleep::ForEver => true,
            }
    }

    /// The socket that is registered for somebody.
    pub(super) fn socket(&self, who: Who) -> Option<&SocketSeen> {
        self.sockets.iter().find(|socket| socket.who == who)
    }
}

fn singles(state: &State, now: Instant) -> Vec<Single> {
    let used = state
        .slots
        .iter()
        .enumerate()
        .filter(|(_, single)| single.used);
    let seen = used.map(|(slot, single)| Single {
        slot,
        word: single.word(),
        latched: single.latch().is_readable(),
        held: single.is_held(),
        registered: single.registered,
        rests: {
            let mut deadlines = state.deadlines.iter();
            let own = deadlines.find(|(_, of)| *of == slot);
            own.map(|(at, _)| Left::between(now, at))
        },
        wakes: single.wakes,
    });
    seen.collect()
}

/// Whose each token is.
struct Tokens<'a> {
    state: &'a State,
    members: Vec<(Token, u8, u32)>,
}

impl Tokens<'_> {
    fn who(&self, token: Token) -> Who {
        let of_token = |slot: &crate::slot::SlotState| slot.used && slot.token == token;
        if let Some(slot) = self.state.slots.iter().position(of_token) {
            return Who::Slot(slot);
        }
        match self.members.iter().find(|member| member.0 == token) {
            Some((_, family, index)) => Who::Place(*family, *index),
            None => Who::Nobody,
        }
    }

    /// Who has one of these tokens.
    fn known(&self, known: &BTreeSet<Token>) -> BTreeSet<Who> {
        let slots = self.state.slots.iter().enumerate();
        let slots = slots.map(|(number, slot)| (slot.token, Who::Slot(number)));
        let members = self.members.iter();
        let members = members.map(|(token, family, index)| (*token, Who::Place(*family, *index)));
        let all = slots
            .chain(members)
            .filter(|(token, _)| known.contains(token));
        all.map(|(_, who)| who).collect()
    }

    /// Whose input it is: of single sources the slot is the number.
    fn owner(&self, owner: usize) -> Who {
        match owner < self.state.slots.len() {
            true => Who::Slot(owner),
            false => self.who(Token(owner)),
        }
    }

    /// What each source has left in the input.
    fn left(&self, input: &Input) -> Vec<[usize; 5]> {
        let members = self.members.iter().map(|member| member.0.0);
        let owners = (0..self.state.slots.len()).chain(members);
        owners.map(|owner| input.left_of(owner)).collect()
    }
}

fn look(
    world: &mut World,
    key: LoopKey,
    tokens: &Tokens<'_>,
) -> (Vec<SocketSeen>, Vec<usize>, Asleep) {
    let mut alive = Vec::new();
    let mut sockets = Vec::new();
    for (number, socket) in (0..).zip(&world.sockets) {
        let registration = socket.registration.filter(|known| known.of == key);
        let mut seen = SocketSeen {
            who: registration.map_or(Who::Nobody, |known| tokens.who(known.token)),
            for_reading: registration.is_some_and(|known| known.interest.is_readable()),
            for_writing: registration.is_some_and(|known| known.interest.is_writable()),
            pending: socket.pending || world.agenda.wakes(number),
            readable: socket.is_readable(),
            has_room: false,
            amounts: [0; 2],
            error: None,
            flags: [socket.held, false, false, false, false, false, false],
        };
        match &socket.kind {
            Kind::Stream(stream) => {
                let other = stream
                    .other()
                    .map(|other| &world.sockets[other as usize].kind);
                let gone = |kind: &Kind| matches!(kind, Kind::Stream(stream) if stream.closed);
                if stream.closed && other.is_none_or(gone) {
                    continue;
                }
                seen.has_room = stream.has_room() && !stream.is_connecting();
                seen.amounts = [stream.received.len(), stream.outgoing.len()];
                seen.error = stream.error;
                seen.flags = [
                    socket.held,
                    stream.wants_room,
                    stream.write_ended,
                    stream.read_ended,
                    stream.end_came,
                    stream.broken,
                    stream.closed,
                ];
            }
            Kind::Listener(listening) => seen.amounts[0] = listening.waiting.len(),
            Kind::Twin { .. } => {}
            Kind::Closed => continue,
        }
        alive.push(number);
        sockets.push(seen);
    }
    let place = |key| alive.iter().position(|of| *of == key);
    let edges = world.edges(key).filter_map(place).collect();
    let sleep = match world.pollers[key].sleep {
        Sleep::Awake => Asleep::No,
        Sleep::Until(until) => Asleep::Until(Left(until.saturating_sub(world.now))),
        Sleep::ForEver => Asleep::ForEver,
    };
    (sockets, edges, sleep)
}
