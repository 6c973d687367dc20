//! Lines both ways, while the server comes and goes.

use std::time::Duration;

use miocene::sim::Sim;

use crate::common;
use crate::host::{Guest, Host};
use crate::terminal::{Terminal, received_lines};

/// A client whose server comes and goes.
fn conversation(sim: &Sim) {
    let mut terminal = Terminal::new(sim);
    // The last connection may be one that is reset.
    terminal.client.may_fail();
    let mut host = Host::default();
    for _ in 0..sim.draw(24) {
        for _ in 0..sim.draw(8) {
            terminal.types();
        }
        host.may_change(sim);
        sim.run_for(common::some_time(sim, Duration::from_secs(3)));
    }
    host.receives(sim);
    host.opens(sim);
    sim.calm();
    terminal.types();
    terminal.ends_input();
    common::until(sim, || {
        host.receives(sim);
        !terminal.client.is_running()
    });
    let all_have_read = || {
        host.guests
            .iter()
            .all(|guest| guest.peer.has_ended() || !guest.is_reliable())
    };
    common::until(sim, all_have_read);
    let is_complete = check_lines(&host.guests, terminal.typed);
    check_screen(&host.guests, &terminal.screen.lines());
    let ended = terminal.client.ended().expect("it has");
    assert!(ended.is_ok() || !is_complete, "{ended:?}");
    drop(terminal);
    sim.assert_no_leak();
}

/// Each line has come once and in order, or was on its way to a server that did not
/// wait for it. Whether there was none of these at the end.
fn check_lines(guests: &[Guest], typed: usize) -> bool {
    let mut next = 0;
    let mut may_lack = false;
    for guest in guests {
        let lines = received_lines(&guest.peer);
        if !lines.is_empty() {
            assert!(lines.start >= next, "{} has come twice", lines.start);
            assert!(lines.start == next || may_lack, "{next} has not come");
            next = lines.end;
            may_lack = false;
        }
        may_lack |= !guest.is_reliable();
    }
    assert!(next == typed || may_lack, "{next} of {typed} have come");
    !may_lack
}

/// What the servers have said, each in its order, and all of it from those that have
/// said it to the end.
fn check_screen(guests: &[Guest], screen: &[String]) {
    for (number, guest) in guests.iter().enumerate() {
        let begin = format!("{number} ");
        let heard = screen.iter().filter_map(|line| line.strip_prefix(&begin));
        let heard: Vec<usize> = heard.map(|number| number.parse().unwrap()).collect();
        assert!(heard.iter().copied().eq(0..heard.len()), "{heard:?}");
        // Without a line of the client's it may have given up before it was connected.
        let was_there = guest.is_reliable() && !received_lines(&guest.peer).is_empty();
        assert!(
            heard.len() == guest.says || !was_there,
            "{heard:?} of {}",
            guest.says
        );
    }
}

#[test]
fn no_line_is_lost_or_doubled_that_was_not_on_its_way_when_a_server_left() {
    common::swarm(600, conversation);
}
