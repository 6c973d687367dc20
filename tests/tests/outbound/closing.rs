//! Members that are sent away while they are connecting.

use std::time::Duration;

use miocene::Flow;

use super::common::{turn, until};
use super::*;

#[test]
fn what_is_closed_leaves_at_once_if_nothing_is_unsent() {
    let deaf = Deaf::new();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let tokens = [1, 2, 3].map(|number| app.connect(deaf.address, number));
    let _ = turn(&mut event_loop, &mut app);
    app.servers.close(tokens[0]);
    app.servers.abort(tokens[1]);
    app.servers.leave(tokens[2]);
    let turn = turn(&mut event_loop, &mut app);
    assert!(turn.finished && app.servers.is_empty());
    app.why.sort_by_key(ToString::to_string);
    assert!(
        matches!(app.why[..], [Closed::Aborted, Closed::Asked, Closed::Left]),
        "{:?}",
        app.why
    );
}

#[test]
fn what_is_closed_with_something_unsent_leaves_when_that_is_written() {
    let mut deaf = Deaf::new();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let token = app.connect(deaf.address, 1);
    let _ = turn(&mut event_loop, &mut app);
    app.servers.get_mut(token).unwrap().out.send(b"goodbye");
    app.servers.close(token);
    let _ = turn(&mut event_loop, &mut app);
    assert_eq!(app.told, []);
    let server = std::thread::spawn(move || {
        let mut stream = deaf.accept();
        reads(&mut stream, "goodbye");
    });
    until_finished(&mut event_loop, &mut app);
    // Nobody is told that it was opened: it was on its way out.
    assert_eq!(app.told.len(), 1);
    assert!(matches!(app.why[..], [Closed::Asked]), "{:?}", app.why);
    server.join().unwrap();
}

#[test]
fn the_first_reason_counts_when_it_then_fails() {
    let (_held, address) = nobody();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let deaf = Deaf::new();
    app.servers = Family::new(SERVERS).connecting(Duration::from_millis(30));
    let token = app.connect(deaf.address, 1);
    let _ = turn(&mut event_loop, &mut app);
    app.servers.get_mut(token).unwrap().out.send(b"goodbye");
    app.servers.close(token);
    until_finished(&mut event_loop, &mut app);
    assert!(matches!(app.why[..], [Closed::Asked]), "{:?}", app.why);
    let _ = address;
}

#[test]
fn what_is_finished_before_it_is_there_ends_its_direction_after_what_was_sent() {
    let mut deaf = Deaf::new();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let token = app.connect(deaf.address, 1);
    let server = app.servers.get_mut(token).unwrap();
    server.out.send(b"question");
    server.finish();
    let _ = turn(&mut event_loop, &mut app);
    let server = std::thread::spawn(move || {
        let mut stream = deaf.accept();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert_eq!(text, "question");
        says(&mut stream, "answer\n");
    });
    until_finished(&mut event_loop, &mut app);
    assert!(app.has_told(&Told::Line(1, "answer".to_owned())));
    server.join().unwrap();
}

#[test]
fn a_stop_does_not_wait_for_those_that_have_nothing_to_say() {
    struct Stops {
        servers: Family<Server>,
        told: Vec<String>,
    }

    #[handlers]
    impl Stops {
        #[opened(tokens = SERVERS)]
        fn opened(&mut self, _: &mut Server) -> Flow {
            Flow::Stop
        }

        #[closed(tokens = SERVERS)]
        fn closed(&mut self, _: Server, why: Closed) {
            self.told.push(why.to_string());
        }
    }

    let deaf = Deaf::new();
    let (_listener, address) = listen();
    let mut app = Stops {
        servers: Family::new(SERVERS),
        told: Vec::new(),
    };
    app.servers.connect(deaf.address, 1);
    app.servers.connect(address, 2);
    EventLoop::new().unwrap().run(&mut app).unwrap();
    assert_eq!(app.told, ["the loop stopped"; 2]);
}

#[test]
fn whatever_is_under_way_can_be_tried_in_the_next_run() {
    let deaf = Deaf::new();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.connect(deaf.address, 1);
    let _ = turn(&mut event_loop, &mut app);
    event_loop.close(&mut app);
    assert!(matches!(app.why[..], [Closed::Stopped]));
    let (_listener, address) = listen();
    app.connect(address, 2);
    until(&mut event_loop, &mut app, |app| {
        app.has_told(&Told::Opened(2))
    });
}

/// What `#[closed]` does with the one that it connects anew, while the loop stops.
struct Restless {
    servers: Family<Server>,
    address: SocketAddr,
    closed: usize,
    then: fn(&mut Family<Server>, Token) -> bool,
}

#[handlers]
impl Restless {
    #[opened(tokens = SERVERS)]
    fn opened(&mut self, server: &mut Server) -> Flow {
        match server.state {
            2 => Flow::Stop,
            _ => Flow::Continue,
        }
    }

    #[closed(tokens = SERVERS)]
    fn closed(&mut self, _: Server, _: Closed) {
        self.closed += 1;
        if self.closed < 10_000 {
            let token = self.servers.connect(self.address, 0);
            (self.then)(&mut self.servers, token);
        }
    }
}

#[test]
fn a_stop_ends_whatever_closed_does_with_those_that_it_connects() {
    let thens: [fn(&mut Family<Server>, Token) -> bool; 5] = [
        |_, _| true,
        |servers, token| servers.close(token),
        |servers, token| servers.abort(token),
        |servers, token| servers.leave(token),
        |servers, token| servers.pause(token),
    ];
    for then in thens {
        let (_listener, address) = listen();
        let mut app = Restless {
            servers: Family::new(SERVERS),
            address,
            closed: 0,
            then,
        };
        app.servers.connect(address, 1);
        app.servers.connect(address, 2);
        EventLoop::new().unwrap().run(&mut app).unwrap();
        assert!(app.closed < 10, "closed was called {} times", app.closed);
    }
}
