//! What a loop does at once, and how long it waits.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use miocene::net::TcpListener;
use miocene::sim::{App, Sim, Twin};
use miocene::{Family, Handlers, Token, Tokens, handlers};

use super::{KIB, Limited, once, start};
use crate::crowd::ADDRESS;

/// The most of something that is counted in one step.
fn most_at_once<A: Handlers + 'static>(
    sim: &Sim,
    app: &App<A>,
    count: fn(&A) -> usize,
) -> Rc<Cell<usize>> {
    let (app, before) = (app.clone(), Cell::new(0));
    let most = Rc::new(Cell::new(0));
    sim.always("it is counted", {
        let most = Rc::clone(&most);
        move || {
            let now = app.with(count);
            most.set(most.get().max(now - before.replace(now)));
            true
        }
    });
    most
}

#[test]
fn a_drain_takes_64_items() {
    once().run(|sim| {
        let app = start(sim);
        let most = most_at_once(sim, &app, |app: &Limited| app.unsent.len());
        let client = sim.client(ADDRESS);
        client.send("\n".repeat(1_000));
        sim.calm();
        assert_eq!(app.with(|app| app.unsent.len()), 1_000);
        assert_eq!(most.get(), 64);
        assert!(app.counters().budget_cuts >= 1_000 / 64);
    });
}

#[test]
fn a_listener_accepts_64_at_once() {
    once().run(|sim| {
        let app = start(sim);
        let most = most_at_once(sim, &app, |app| app.server.counts().accepted as usize);
        let _clients: Vec<_> = (0..500).map(|_| sim.client(ADDRESS)).collect();
        sim.calm();
        assert_eq!(app.with(|app| app.server.counts().accepted), 500);
        assert_eq!(most.get(), 64);
    });
}

#[test]
fn without_descriptors_a_listener_rests_for_100_ms() {
    once().run(|sim| {
        let app = start(sim);
        sim.limit_descriptors(sim.descriptors());
        let _client = sim.client(ADDRESS);
        let counts = || app.with(|app| app.server.counts());
        sim.run_until(|| counts().exhausted == 1);
        let begin = sim.elapsed();
        sim.run_until(|| counts().exhausted == 2);
        let between = sim.elapsed() - begin;
        sim.limit_descriptors(usize::MAX);
        sim.run_until(|| counts().accepted == 1);
        let (delay, moment) = (Duration::from_millis(100), Duration::from_millis(2));
        assert!(between >= delay && between <= delay + moment, "{between:?}");
        assert_eq!(counts().exhausted, 2, "it was tried once in that time");
    });
}

#[test]
fn a_stop_waits_for_10_seconds() {
    once().run(|sim| {
        let app = start(sim);
        let client = sim.client(ADDRESS).reads_nothing();
        client.send("much\n".repeat(300));
        sim.calm();
        let begin = sim.elapsed();
        app.stop();
        sim.run_until(|| !app.is_running());
        let passed = sim.elapsed() - begin;
        let (grace, moment) = (Duration::from_secs(10), Duration::from_millis(2));
        assert!(passed >= grace && passed <= grace + moment, "{passed:?}");
        assert_eq!(app.with(|app| app.left.clone()), ["Stopped"]);
        assert_eq!(app.counters().cut, 1);
        assert!(app.ended().unwrap().is_ok());
    });
}

#[test]
fn whoever_wakes_the_loop_during_its_pause_is_taken_off_after_16_times() {
    once().run(|sim| {
        let app = start(sim);
        let client = sim.client(ADDRESS);
        client.send("pause\n");
        sim.calm();
        for number in 1..=20 {
            client.send("x");
            sim.calm();
            assert_eq!(app.counters().taken_off, u64::from(number > 16), "{number}");
        }
        let events = |sim: &Sim| sim.trace().matches("CLIENTS[0] is").count();
        let before = events(sim);
        client.send("x");
        sim.calm();
        assert_eq!(events(sim), before, "it wakes nobody any more");
    });
}

const SOURCES: Tokens = Tokens::new(1);
const SERVER: Token = Token(0);

/// Very many sources.
struct Many {
    server: TcpListener,
    sources: Family<Twin<()>>,
    items: usize,
}

#[handlers]
impl Many {
    #[handler(token = SERVER)]
    fn accept(&mut self, _: (miocene::net::TcpStream, std::net::SocketAddr)) {}

    #[handler(tokens = SOURCES)]
    fn item(&mut self, _: &mut Twin<()>, _item: ()) {
        self.items += 1;
    }
}

#[test]
fn a_poll_reports_1024_events_and_twice_as_many_each_time_up_to_65_536() {
    const COUNT: usize = 66 * KIB;
    once().run(|sim| {
        let mut sources = Family::new(SOURCES).cap(COUNT);
        let queues: Vec<_> = (0..COUNT)
            .map(|_| {
                let (queue, twin) = sim.twin();
                sources.insert(twin);
                queue
            })
            .collect();
        let server = TcpListener::bind(ADDRESS).unwrap();
        let many = sim.start(Many {
            server,
            sources,
            items: 0,
        });
        sim.run();
        let batches = Rc::new(Cell::new(Vec::new()));
        let before = Cell::new(0);
        sim.always("it is counted", {
            let (many, batches) = (many.clone(), Rc::clone(&batches));
            move || {
                let now = many.with(|many| many.items);
                let mut all = batches.take();
                all.extend(Some(now - before.replace(now)).filter(|new| *new > 0));
                batches.set(all);
                true
            }
        });
        for _ in 0..2 {
            queues.iter().for_each(|queue| queue.push(()));
            sim.run();
        }
        let batches = batches.take();
        assert_eq!(batches[..6], [1, 2, 4, 8, 16, 32].map(|times| times * KIB));
        assert_eq!(batches.iter().max(), Some(&65_536));
        assert_eq!(batches.iter().sum::<usize>(), 2 * COUNT);
    });
}
