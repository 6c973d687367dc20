//! What a connection may send, and leave unsent.

use miocene::sim::{App, Peer, Sim};

use super::{KIB, Limited, once, start};
use crate::crowd::ADDRESS;

fn left(app: &App<Limited>) -> Vec<String> {
    app.with(|app| app.left.clone())
}

fn lines(app: &App<Limited>) -> usize {
    app.with(|app| app.unsent.len())
}

#[test]
fn a_frame_is_8_kib_at_the_most() {
    once().run(|sim| {
        let app = start(sim);
        let line = |length: usize| {
            let mut line = vec![b'a'; length];
            line[length - 1] = b'\n';
            line
        };
        let (longest, longer) = (sim.client(ADDRESS), sim.client(ADDRESS));
        longest.send(line(8 * KIB));
        sim.calm();
        assert_eq!((lines(&app), left(&app)), (1, vec![]));
        longer.send(line(8 * KIB + 1));
        sim.calm();
        assert_eq!(
            (lines(&app), left(&app)),
            (1, vec!["Ended(TooLong)".to_owned()])
        );
        assert_eq!(app.counters().closed.too_long, 1);
    });
}

/// A client that reads nothing has been sent as much as there is room for.
fn fill(sim: &Sim, app: &App<Limited>) -> Peer {
    let client = sim.client(ADDRESS).reads_nothing();
    client.send("much\n".repeat(1_000));
    sim.calm();
    assert_eq!(left(app), [""; 0]);
    client
}

fn unsent(app: &App<Limited>) -> usize {
    app.with(|app| {
        app.clients
            .iter()
            .map(|client| client.out.unsent().len())
            .sum()
    })
}

#[test]
fn above_256_kib_unsent_nothing_is_read_and_at_64_kib_it_is_again() {
    once().run(|sim| {
        let app = start(sim);
        let client = fill(sim, &app);
        let (stopped, known) = (lines(&app), unsent(&app));
        assert!(known > 256 * KIB, "{known}");
        assert!(stopped < 1_000);
        let all = app.with(|app| app.unsent.clone());
        // One drain ends with its budget of 64 lines, of a KiB each.
        assert!(all.iter().all(|unsent| *unsent <= 256 * KIB), "{all:?}");
        assert!(known <= (256 + 64) * KIB, "{known}");
        client.reads_on();
        sim.calm();
        assert_eq!(client.received_count(), 1_000 * KIB);
        let resumed = app.with(|app| app.unsent[stopped]);
        assert!(resumed <= 64 * KIB, "{resumed}");
        assert!(resumed > 0, "it has not waited until all was sent");
    });
}

#[test]
fn what_is_sent_above_1_mib_unsent_closes_the_connection() {
    once().run(|sim| {
        let app = start(sim);
        let _client = fill(sim, &app);
        let send = || {
            app.change(|app| {
                let each = app.clients.iter_mut();
                each.for_each(|client| client.out.send(&[0; 64 * KIB]));
            });
            sim.calm();
        };
        while unsent(&app) <= 1024 * KIB {
            assert_eq!(left(&app), [""; 0], "{} were unsent", unsent(&app));
            send();
        }
        assert!(unsent(&app) <= (1024 + 64) * KIB, "the cap and one message");
        send();
        assert_eq!(left(&app), ["Overflow"]);
        assert_eq!(app.counters().closed.overflow, 1);
    });
}

#[test]
fn above_512_kib_whoever_is_written_to_loses_nothing() {
    once().run(|sim| {
        let app = start(sim);
        let client = fill(sim, &app);
        app.change(|app| {
            app.clients
                .iter_mut()
                .for_each(|client| client.out.send(&[0; 512 * KIB]))
        });
        sim.calm();
        client.reads_on();
        sim.calm();
        assert_eq!(client.received_count(), 1_512 * KIB);
    });
}
