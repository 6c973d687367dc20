//! A proxy with its clients and upstreams, and what must be so of them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use miocene::sim::{App, Listening, Sim};

use crate::ends::End;
use crate::proxy::Proxy;

pub const PROXY: &str = "127.0.0.1:8000";
pub const UPSTREAM: &str = "10.0.0.1:9000";

/// How much one read brings at the most.
const PIECE: usize = 64 * 1024;

/// By how much the numbers of upstreams are higher than those of clients.
const UPSTREAMS: u8 = 128;

pub struct Scene<'a> {
    sim: &'a Sim,
    proxy: App<Proxy>,
    failures: Rc<Cell<usize>>,
    clients: Vec<End>,
    upstreams: Vec<End>,
}

impl<'a> Scene<'a> {
    /// The proxy as it is.
    pub fn start(sim: &'a Sim) -> Scene<'a> {
        Scene::with(sim, |proxy| proxy)
    }

    /// A proxy with few places and little patience for what is unsent.
    pub fn tight(sim: &'a Sim) -> Scene<'a> {
        let members = match sim.draw(2) {
            1 => 1 + sim.draw(4) as usize,
            _ => 500,
        };
        let high = match sim.draw(3) {
            0 => 64 * 1024,
            1 => 1_000,
            _ => 0,
        };
        Scene::with(sim, |mut proxy| {
            proxy.clients = proxy.clients.cap(members);
            proxy.upstreams = proxy.upstreams.cap(members);
            proxy.high = high;
            proxy
        })
    }

    fn with(sim: &'a Sim, change: impl FnOnce(Proxy) -> Proxy) -> Scene<'a> {
        let failures = Rc::new(Cell::new(0));
        let told = Rc::clone(&failures);
        let log = move |line: &str| {
            let (_, why) = line.split_once(": upstream: ").expect(line);
            assert!(
                why.starts_with("cannot be registered") || why.contains(UPSTREAM),
                "{why}"
            );
            told.set(told.get() + 1);
        };
        let proxy = Proxy::bind(PROXY, UPSTREAM.parse().unwrap(), log).unwrap();
        let proxy = sim.start(change(proxy));
        sim.always("what is unsent is little", {
            let proxy = proxy.clone();
            move || proxy.with(|proxy| most_unsent(proxy) <= proxy.high + PIECE)
        });
        Scene {
            sim,
            proxy,
            failures,
            clients: Vec::new(),
            upstreams: Vec::new(),
        }
    }

    pub fn client_comes(&mut self, number: u8) {
        let peer = self.sim.client(PROXY);
        self.clients.push(End::some(self.sim, peer, number));
    }

    /// Has those whom the proxy has connected to behave in some way.
    pub fn upstreams_come(&mut self, listening: &Listening) {
        while let Some(peer) = listening.accept() {
            let number = UPSTREAMS + self.upstreams.len() as u8;
            self.upstreams.push(End::some(self.sim, peer, number));
        }
    }

    pub fn all_is_said(&self) -> bool {
        self.clients.iter().chain(&self.upstreams).all(End::is_over)
    }

    /// How many members there are in both families.
    pub fn len(&self) -> usize {
        self.proxy
            .with(|proxy| proxy.clients.len() + proxy.upstreams.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many failures were told.
    pub fn failures(&self) -> usize {
        self.failures.get()
    }

    pub fn everybody_has_what_is_theirs(&self) {
        let links = self.links();
        for (client, upstream) in &links {
            client.has_what_is_of(upstream);
            upstream.has_what_is_of(client);
        }
        let lonely = |end: &&End| {
            links
                .iter()
                .all(|(one, other)| one.number != end.number && other.number != end.number)
        };
        let clients = self.clients.iter().filter(lonely);
        let upstreams = self.upstreams.iter().filter(lonely);
        let lost = clients.filter(|end| !end.may_lack()).count();
        let unlucky = upstreams.filter(|end| end.may_lack()).count() + self.failures();
        assert!(
            lost <= unlucky,
            "{lost} were not served, {unlucky} might be"
        );
    }

    /// Who talks to whom, as far as they have heard of each other.
    fn links(&self) -> Vec<(&End, &End)> {
        let known = |end: &End| end.heard_of().map(|other| (end.number, other));
        let clients = self.clients.iter().filter_map(known);
        let upstreams = self.upstreams.iter().filter_map(known);
        let links: BTreeSet<(u8, u8)> = clients
            .chain(upstreams.map(|(end, other)| (other, end)))
            .collect();
        let ends: BTreeSet<u8> = links
            .iter()
            .flat_map(|(one, other)| [*one, *other])
            .collect();
        assert_eq!(ends.len(), 2 * links.len(), "{links:?}");
        let upstream = |number: u8| &self.upstreams[usize::from(number - UPSTREAMS)];
        links
            .iter()
            .map(|(one, other)| (&self.clients[usize::from(*one)], upstream(*other)))
            .collect()
    }

    pub fn is_within_limits(&self) {
        let closed = self.proxy.counters().closed;
        assert_eq!((closed.overflow, closed.refused), (0, 0));
    }

    /// A stop lets everybody go, in the time that it has.
    pub fn stops(self) {
        // The grace of ten seconds, if the process does not stand still meanwhile.
        const AT_THE_MOST: Duration = Duration::from_secs(60);

        let begin = self.sim.elapsed();
        self.proxy.stop();
        self.sim.run_until(|| !self.proxy.is_running());
        assert!(self.sim.elapsed() - begin < AT_THE_MOST);
        assert!(self.is_empty());
        self.is_within_limits();
        assert_eq!(self.sim.descriptors(), 1, "only the listener is left");
    }
}

fn most_unsent(proxy: &Proxy) -> usize {
    let members = proxy.clients.iter().chain(proxy.upstreams.iter());
    members.map(|end| end.out.unsent().len()).max().unwrap_or(0)
}
