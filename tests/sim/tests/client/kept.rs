//! What is typed and cannot be sent, and the end of the input.

use std::time::Duration;

use miocene::sim::Sim;

use crate::program::backlog::KEPT;
use crate::program::input::AHEAD;
use crate::terminal::{Terminal, received_lines, typed_line};
use crate::{ADDRESS, common};

#[test]
fn without_a_server_so_much_is_kept_and_then_no_more_is_read() {
    Sim::seeds(0..8).run(|sim| {
        let mut terminal = Terminal::new(sim);
        let mut before = usize::MAX;
        while terminal.typed != before {
            before = terminal.typed;
            while terminal.types() {}
            sim.run_for(Duration::from_secs(1));
            assert!(terminal.typed < KEPT / 10, "all is read");
        }
        let bytes: usize = (0..terminal.typed).map(|line| typed_line(line).len()).sum();
        let longest = typed_line(6).len();
        assert!(
            (KEPT..KEPT + (AHEAD + 2) * longest).contains(&bytes),
            "{bytes}"
        );
        let told = terminal.notices.lines();
        let told = told.iter().filter(|line| line.contains("no more is read"));
        assert_eq!(told.count(), 1);

        let listening = sim.listen(ADDRESS);
        let server = listening.expect();
        let typed = terminal.typed;
        common::until(sim, || received_lines(&server) == (0..typed));
        assert!(terminal.types(), "it is read again");
        terminal.ends_input();
        server.expect_end();
        assert_eq!(received_lines(&server), 0..typed + 1);
        server.half_closes();
        sim.run_until(|| !terminal.client.is_running());
    });
}

#[test]
fn what_was_typed_before_the_end_waits_for_a_server() {
    Sim::seeds(0..100).run(|sim| {
        let mut terminal = Terminal::new(sim);
        terminal.types();
        terminal.ends_input();
        sim.run_for(Duration::from_secs(sim.draw(100)));
        assert!(terminal.client.is_running());
        let server = sim.listen(ADDRESS).expect();
        server.expect(typed_line(0));
        server.expect_end();
        server.send("an answer");
        server.half_closes();
        sim.run_until(|| !terminal.client.is_running());
        assert_eq!(terminal.screen.lines(), ["an answer"]);
    });
}

#[test]
fn with_nothing_to_send_a_server_that_is_not_there_is_an_error() {
    Sim::seeds(0..100).run(|sim| {
        let mut terminal = Terminal::new(sim);
        terminal.client.may_fail();
        terminal.ends_input();
        sim.run_until(|| !terminal.client.is_running());
        let error = terminal.client.ended().unwrap().unwrap_err();
        assert!(
            format!("{error:?}").contains("cannot connect to 127.0.0.1:7000"),
            "{error:?}"
        );
    });
}

/// Two who both wait until the other reads would wait for ever.
#[test]
fn a_server_that_does_not_read_is_read_all_the_same() {
    const SAYS: usize = 300;

    Sim::seeds(0..8).run(|sim| {
        let mut terminal = Terminal::new(sim);
        let listening = sim.listen(ADDRESS);
        let server = listening.expect().reads_nothing();
        for _ in 0..800 {
            if !terminal.types() {
                sim.run_for(Duration::from_millis(100));
            }
        }
        for line in 0..SAYS {
            server.send(format!("{line} {}\n", "y".repeat(1_000)));
        }
        common::until(sim, || terminal.screen.lines().len() == SAYS);
        server.reads_on();
        let typed = terminal.typed;
        common::until(sim, || received_lines(&server) == (0..typed));
    });
}

/// It has no room for more, and will not have any.
#[test]
fn a_server_that_says_no_more_and_does_not_read_is_left() {
    Sim::seeds(0..8).run(|sim| {
        let mut terminal = Terminal::new(sim);
        let listening = sim.listen(ADDRESS);
        let deaf = listening.expect().reads_nothing();
        for _ in 0..800 {
            if !terminal.types() {
                sim.run_for(Duration::from_millis(100));
            }
        }
        deaf.half_closes();
        let server = listening.expect();
        let typed = terminal.typed;
        common::until(sim, || received_lines(&server).end == typed);
    });
}
