//! Nothing stale is dispatched: no event reaches the one who has another's place.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{Faults, Peer, Sim};
use miocene::{Bytes, Connection, Context, Family, Token, Tokens, handlers};

use crate::by_hand::{ByHand, Mistake};
use crate::crowd::{ADDRESS, Crowd};
use crate::failing::{fails, was_seen};

const SERVER: Token = Token(0);
const CLIENTS: Tokens = Tokens::new(1);

/// How many clients there is room for.
const PLACES: usize = 5;

/// Once all places are taken, the first client sends all others away when it says
/// something.
struct Hall {
    server: TcpListener,
    clients: Family<Connection<Bytes>>,
    first: Option<Token>,
    accepted: usize,
    /// Tokens of those who were sent away.
    gone: Vec<Token>,
}

#[handlers]
impl Hall {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {
        let token = self.clients.insert(Connection::new(stream));
        self.first.get_or_insert(token);
        self.accepted += 1;
    }

    #[handler(tokens = CLIENTS)]
    fn bytes(&mut self, cx: &mut Context<'_>, client: &mut Connection<Bytes>, bytes: &[u8]) {
        assert!(!self.gone.contains(&cx.token()), "a stale token");
        client.out.send(bytes);
        if self.first == Some(cx.token()) && self.accepted == PLACES {
            let all: Vec<_> = self.clients.all_tokens().collect();
            for other in all {
                if other != cx.token() {
                    self.clients.abort(other);
                    self.gone.push(other);
                }
            }
        }
    }
}

/// The old clients end at the moment at which they are sent away, and new ones wait
/// for their places.
fn change_of_guests(sim: &Sim) {
    let moment = || sim.run_for(Duration::from_micros(sim.draw(40)));
    let first = sim.client(ADDRESS);
    sim.run_for(Duration::from_secs(1));
    let old = [(); PLACES - 1].map(|()| sim.client(ADDRESS));
    sim.run_for(Duration::from_secs(1));
    if first.was_cut() || old.iter().any(Peer::was_cut) {
        // Others would have taken their places already.
        return;
    }
    let new = Crowd::comes(sim, PLACES as u64 - 1);
    sim.run_for(Duration::from_secs(1));
    first.send("x");
    moment();
    old.iter().for_each(|peer| peer.half_closes());
    sim.run_for(Duration::from_secs(1));
    sim.calm();
    new.expects_all();
}

#[test]
fn who_takes_anothers_place_gets_none_of_its_events() {
    let stale = AtomicU64::new(0);
    Sim::seeds(0..500).faults(Faults::swarm()).run(|sim| {
        let hall = sim.start(Hall {
            server: TcpListener::bind(ADDRESS).unwrap(),
            clients: Family::new(CLIENTS).cap(PLACES),
            first: None,
            accepted: 0,
            gone: Vec::new(),
        });
        sim.always("who has gone is not found again", {
            let hall = hall.clone();
            move || {
                hall.with(|hall| {
                    let mut gone = hall.gone.iter();
                    gone.all(|token| !hall.clients.contains(*token))
                })
            }
        });
        change_of_guests(sim);
        stale.fetch_add(hall.counters().stale_events, Ordering::Relaxed);
    });
    was_seen(stale, "a stale event");

    let by_hand = |mistake| {
        move |sim: &Sim| {
            ByHand::with_places(sim, mistake, PLACES);
            change_of_guests(sim);
        }
    };
    Sim::seeds(0..500).run(by_hand(Mistake::None));
    fails(
        Sim::seeds(0..500),
        "bytes of",
        by_hand(Mistake::UsesTokensAgain),
    );
}
