//! What the application can do with a member that is connecting.

use std::time::Duration;

use miocene::Config;
use miocene::sim::{Listening, Seeds, Sim};

use crate::caller::{Command, Line, address, start, start_with};

const SERVER: &str = "10.0.0.1:80";
const SECOND: Duration = Duration::from_secs(1);

fn plain() -> Seeds {
    Sim::seeds(0..100)
}

/// A member that has been connecting for a time, to which something was sent.
fn connecting(sim: &Sim, line: &Line, says: &str) -> Listening {
    let server = sim.listen(SERVER).answers_nobody();
    line.tell(Command::Connect(address(SERVER), says.into()));
    sim.run_for(Duration::from_millis(500 + sim.draw(2_000)));
    assert!(!line.opened(0));
    server
}

#[test]
fn what_is_sent_to_it_arrives_in_order_when_it_is_connected() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, "one ");
        line.tell(Command::Send(0, b"two ".to_vec()));
        sim.run_for(SECOND);
        line.tell(Command::Send(0, b"three".to_vec()));
        server.answers_again();
        let peer = server.expect();
        peer.expect("one two three");
        assert!(line.opened(0));
    });
}

#[test]
fn one_that_is_closed_leaves_at_once_if_nothing_is_unsent() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, "");
        line.tell(Command::Close(0));
        sim.run_for(Duration::from_millis(1));
        assert_eq!(line.why(0), "Asked");
        server.answers_again();
        sim.run_for(10 * SECOND);
        assert!(!line.opened(0) && server.accept().is_none());
        assert_eq!(sim.descriptors(), 1);
    });
}

#[test]
fn one_that_is_closed_sends_first_what_is_unsent() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, "good bye");
        line.tell(Command::Close(0));
        sim.run_for(SECOND);
        assert_eq!(line.why(0), "");
        server.answers_again();
        let peer = server.expect();
        peer.expect("good bye");
        peer.expect_end();
        peer.closes();
        sim.run_for(SECOND);
        assert_eq!(line.why(0), "Asked");
        assert!(!line.opened(0), "it was on its way out");
    });
}

#[test]
fn one_that_is_closed_does_not_wait_for_ever_to_send() {
    plain().run(|sim| {
        let line = start(sim);
        let _server = connecting(sim, &line, "good bye");
        line.tell(Command::Close(0));
        sim.run_for(10 * SECOND);
        assert_eq!(line.why(0), "Asked");
        assert_eq!(line.app.counters().cut, 1);
    });
}

#[test]
fn one_that_is_aborted_or_taken_out_is_gone() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, "hello");
        let (command, why) = match sim.draw(2) {
            0 => (Command::Abort(0), "Aborted"),
            _ => (Command::Leave(0), "Left"),
        };
        line.tell(command);
        sim.run_for(Duration::from_millis(1));
        assert_eq!(line.why(0), why);
        server.answers_again();
        sim.run_for(10 * SECOND);
        assert!(!line.opened(0) && server.accept().is_none());
    });
}

#[test]
fn one_that_is_paused_is_opened_and_not_read() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, "");
        line.tell(Command::Pause(0));
        sim.run_for(Duration::from_millis(1));
        server.answers_again();
        let peer = server.expect();
        peer.send("hello");
        peer.half_closes();
        sim.run_for(10 * SECOND);
        assert!(line.opened(0));
        assert_eq!(line.why(0), "");
        line.of(0, |attempt| assert!(attempt.received.is_empty()));
        line.tell(Command::Resume(0));
        sim.run_for(SECOND);
        line.of(0, |attempt| assert_eq!(attempt.received, b"hello"));
        assert_eq!(line.why(0), "Ended(Eof)");
    });
}

#[test]
fn one_that_was_paused_and_resumed_meanwhile_is_read() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, "");
        for _ in 0..1 + sim.draw(5) {
            line.tell(Command::Pause(0));
            sim.run_for(Duration::from_millis(sim.draw(2)));
            line.tell(Command::Resume(0));
            sim.run_for(Duration::from_millis(sim.draw(2)));
        }
        server.answers_again();
        let peer = server.expect();
        peer.send("hello");
        peer.half_closes();
        sim.run_for(10 * SECOND);
        line.of(0, |attempt| assert_eq!(attempt.received, b"hello"));
        assert_eq!(line.why(0), "Ended(Eof)");
    });
}

#[test]
fn others_are_served_meanwhile() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, "");
        let (stream, other) = sim.stream();
        line.tell(Command::Insert(stream.into()));
        other.send("hello");
        sim.run_for(SECOND);
        line.of(1, |attempt| assert_eq!(attempt.received, b"hello"));
        assert!(line.opened(1) && !line.opened(0));
        server.answers_again();
        server.expect();
    });
}

#[test]
fn one_that_is_connected_already_can_be_put_in_its_place() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, "");
        let (stream, other) = sim.stream();
        line.tell(Command::Replace(0, stream.into()));
        sim.run_for(SECOND);
        other.send("hello");
        other.half_closes();
        sim.run_for(SECOND);
        line.of(0, |attempt| assert_eq!(attempt.received, b"hello"));
        assert_eq!(line.why(0), "Ended(Eof)");
        server.answers_again();
        sim.run_for(10 * SECOND);
        assert!(server.accept().is_none(), "nobody has that socket any more");
        assert_eq!(sim.descriptors(), 1);
    });
}

#[test]
fn one_that_was_begun_before_the_loop_is_connected() {
    plain().run(|sim| {
        let server = sim.listen(SERVER);
        let line = start(sim);
        line.app
            .change(|caller| caller.connect(Duration::ZERO, address(SERVER)));
        line.tell(Command::Send(0, b"hello".to_vec()));
        server.expect().expect("hello");
        assert!(line.opened(0));
    });
}

#[test]
fn what_it_ends_is_ended_when_it_is_connected() {
    plain().run(|sim| {
        let line = start(sim);
        let server = connecting(sim, &line, ["", "hello"][sim.draw(2) as usize]);
        line.tell(Command::Finish(0));
        sim.run_for(SECOND);
        server.answers_again();
        let peer = server.expect();
        peer.expect_end();
        peer.send("good bye");
        peer.half_closes();
        sim.run_for(SECOND);
        assert!(line.opened(0));
        line.of(0, |attempt| {
            assert_eq!(peer.received(), attempt.sent);
            assert_eq!(attempt.received, b"good bye");
        });
        assert_eq!(line.why(0), "Ended(Eof)");
    });
}

#[test]
fn a_stop_does_not_wait_for_it() {
    plain().run(|sim| {
        let line = start(sim);
        let _server = connecting(sim, &line, "");
        line.tell(Command::Stop);
        sim.run_for(Duration::from_millis(1));
        assert_eq!(line.why(0), "Stopped");
        assert!(!line.app.is_running());
    });
}

#[test]
fn a_stop_waits_for_its_grace_to_send_something() {
    plain().run(|sim| {
        let mut config = Config::default();
        config.grace = 5 * SECOND;
        let line = start_with(sim, config, |servers| servers);
        let server = connecting(sim, &line, "good bye");
        line.tell(Command::Stop);
        sim.run_for(SECOND);
        assert!(line.app.is_running());
        let in_time = sim.draw(2) == 0;
        if in_time {
            server.answers_again();
            server.expect().expect("good bye");
        }
        sim.run_for(5 * SECOND);
        assert!(!line.app.is_running());
        assert_eq!(line.why(0), "Stopped");
        assert!(!line.opened(0));
    });
}

#[test]
fn too_much_that_is_sent_meanwhile_closes_it() {
    plain().run(|sim| {
        let line = start_with(sim, Config::default(), |servers| {
            servers.unsent(16, 64, 1_000)
        });
        let _server = connecting(sim, &line, "hello");
        line.tell(Command::Send(0, vec![0; 500]));
        sim.run_for(SECOND);
        assert_eq!(line.why(0), "");
        (0..3).for_each(|_| line.tell(Command::Send(0, vec![0; 500])));
        sim.run_for(Duration::from_millis(1));
        assert_eq!(line.why(0), "Overflow");
    });
}
