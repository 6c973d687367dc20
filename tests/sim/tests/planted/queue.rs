//! A single source that is paused, closed and attached again; no item is lost,
//! and none comes in between.

use std::net::SocketAddr;
use std::time::Duration;

use miocene::net::{TcpListener, TcpStream};
use miocene::sim::{App, Sim, Twin};
use miocene::{Flow, Token, handlers};

use crate::book::tight;

const KEEPER: Token = Token(0);
const QUEUE: Token = Token(1);

struct Collector {
    /// Keeps the loop from having nothing left.
    keeper: TcpListener,
    queue: Twin<u64>,
    next: u64,
    shut: Option<Flow>,
    rhythm: u64,
}

#[handlers]
impl Collector {
    #[handler(token = KEEPER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

    #[handler(token = QUEUE)]
    fn item(&mut self, item: u64) -> Flow {
        assert!(self.shut.is_none(), "an item after {:?}", self.shut);
        assert_eq!(item, self.next, "items are lost or out of order");
        self.next += 1;
        self.shut = match item % self.rhythm {
            0 => Some(Flow::Pause),
            1 => Some(Flow::Close),
            _ => None,
        };
        self.shut.unwrap_or(Flow::Continue)
    }
}

fn go_on(app: &App<Collector>) {
    match app.change(|app| app.shut.take()) {
        Some(Flow::Pause) => app.context(|cx| cx.resume(QUEUE)),
        Some(_) => app.context(|cx| cx.attach(QUEUE)),
        None => {}
    }
}

pub fn queue(sim: &Sim) {
    let (queue, ours) = sim.twin();
    let app = sim.start_with(
        tight(sim),
        Collector {
            keeper: TcpListener::bind("127.0.0.1:7000").unwrap(),
            queue: ours,
            next: 0,
            shut: None,
            rhythm: 3 + sim.draw(12),
        },
    );
    let mut pushed = 0;
    for _ in 0..1 + sim.draw(8) {
        for _ in 0..sim.draw(12) {
            queue.push(pushed);
            pushed += 1;
        }
        sim.run_for(Duration::from_millis(sim.draw(100)));
        if sim.draw(2) == 0 {
            go_on(&app);
        }
    }
    sim.calm();
    while app.with(|app| app.next) < pushed {
        let before = app.with(|app| app.next);
        go_on(&app);
        sim.run_for(Duration::from_secs(1));
        let after = app.with(|app| app.next);
        assert!(after > before, "stuck at {after} of {pushed} items");
    }
}
