//! Rows of single sources whose end or failure is told.

use miocene::sim::{App, Faults, Queue, Sim, Twin};
use miocene::{Ended, Failure, Flow, Token, handlers};

use crate::row;

const SOURCE: Token = Token(0);
const OTHER: Token = Token(1);

/// Told of the end of its source, or of its failure.
struct Last {
    source: Twin<u32>,
    other: Twin<()>,
    fails: bool,
    told: Vec<&'static str>,
    flow: Flow,
}

#[handlers]
impl Last {
    #[handler(token = SOURCE)]
    fn number(&mut self, _: u32) -> Result<(), &'static str> {
        self.told.push("item");
        match self.fails {
            true => Err("no"),
            false => Ok(()),
        }
    }

    #[ended(token = SOURCE)]
    fn ended(&mut self, why: Ended) -> Flow {
        assert!(matches!(why, Ended::Eof), "{why:?}");
        self.told.push("ended");
        self.flow
    }

    #[failed]
    fn failed(&mut self, failure: Failure<'_>) -> Flow {
        assert_eq!(failure.token_name, "SOURCE");
        self.told.push("failed");
        self.flow
    }

    #[handler(token = OTHER)]
    fn other(&mut self, _item: ()) {}
}

fn last(sim: &Sim, flow: Flow, fails: bool) -> (App<Last>, Queue<u32>, Queue<()>) {
    let (queue, source) = sim.twin();
    let (others, other) = sim.twin();
    let app = sim.start(Last {
        source,
        other,
        fails,
        told: Vec::new(),
        flow,
    });
    queue.push(1);
    (app, queue, others)
}

#[test]
fn ended() {
    row(Faults::swarm(), |sim, flow| {
        let (app, queue, _other) = last(sim, flow, false);
        queue.end();
        sim.calm();
        assert_eq!(app.with(|app| app.told.clone()), ["item", "ended"]);
        match flow {
            Flow::Stop => assert!(app.ended().unwrap().is_ok()),
            // Whatever it answers: there is nothing more to be done with it.
            _ => assert!(app.is_running()),
        }
    });
}

#[test]
fn failed() {
    row(Faults::swarm(), |sim, flow| {
        let (app, queue, _other) = last(sim, flow, true);
        queue.push(2);
        sim.calm();
        let told = || app.with(|app| app.told.len());
        match flow {
            Flow::Continue => assert_eq!(told(), 4, "two items, and two failures"),
            Flow::Pause => {
                assert_eq!(told(), 2);
                app.context(|cx| cx.resume(SOURCE));
                sim.calm();
                assert_eq!(told(), 4);
            }
            Flow::Close | Flow::Leave => {
                app.context(|cx| cx.resume(SOURCE));
                sim.calm();
                assert_eq!(told(), 2, "it is detached");
                app.context(|cx| cx.attach(SOURCE));
                sim.calm();
                assert_eq!(told(), 4);
            }
            Flow::Stop => {
                assert!(app.ended().unwrap().is_ok());
                assert_eq!(told(), 2);
            }
        }
    });
}
