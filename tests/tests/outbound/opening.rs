//! Connections that are there.

use super::common::{sleeps, turn, until};
use super::*;

#[test]
fn it_is_opened_once_and_before_its_first_line() {
    let (listener, address) = listen();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.connect(address, 1);
    let mut server = None;
    until(&mut event_loop, &mut app, |app| {
        app.has_told(&Told::Opened(1))
    });
    let server = server.get_or_insert_with(|| accept(&listener));
    says(server, "hello\n");
    let line = Told::Line(1, "hello".to_owned());
    until(&mut event_loop, &mut app, |app| app.has_told(&line));
    assert_eq!(app.told, [Told::Opened(1), line]);
    assert!(sleeps(&mut event_loop, &mut app));
}

#[test]
fn what_is_said_at_once_is_a_line_after_it_was_opened() {
    let (listener, address) = listen();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.connect(address, 1);
    let _ = turn(&mut event_loop, &mut app);
    says(&mut accept(&listener), "welcome\n");
    until(&mut event_loop, &mut app, |app| app.told.len() >= 3);
    let line = Told::Line(1, "welcome".to_owned());
    assert_eq!(app.told[..2], [Told::Opened(1), line]);
}

#[test]
fn what_was_sent_before_is_written_when_it_is_there() {
    let mut deaf = Deaf::new();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let token = app.connect(deaf.address, 1);
    app.servers.get_mut(token).unwrap().out.send(b"one ");
    let _ = turn(&mut event_loop, &mut app);
    app.servers.get_mut(token).unwrap().out.send(b"two ");
    let _ = turn(&mut event_loop, &mut app);
    app.servers.get_mut(token).unwrap().out.send(b"three");
    assert_eq!(app.told, []);
    let server = std::thread::spawn(move || {
        let mut stream = deaf.accept();
        reads(&mut stream, "one two three");
    });
    until(&mut event_loop, &mut app, |app| {
        app.has_told(&Told::Writable(1))
    });
    assert_eq!(app.told[..2], [Told::Opened(1), Told::Writable(1)]);
    server.join().unwrap();
}

#[test]
fn nothing_is_called_and_nothing_wakes_the_loop_while_it_is_connecting() {
    let deaf = Deaf::new();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let token = app.connect(deaf.address, 1);
    assert!(app.servers.contains(token) && app.servers.len() == 1);
    let turn = turn(&mut event_loop, &mut app);
    // Until its time is over.
    assert!(!turn.finished && turn.again.is_some_and(|again| !again.is_zero()));
    assert!(sleeps(&mut event_loop, &mut app));
    assert_eq!(app.told, []);
}

#[test]
fn its_limits_of_output_hold_while_it_is_connecting() {
    let deaf = Deaf::new();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    app.servers = Family::new(SERVERS).unsent(1_000, 2_000, 10_000);
    let token = app.connect(deaf.address, 1);
    for _ in 0..4 {
        if let Some(server) = app.servers.get_mut(token) {
            server.out.send(&[b'x'; 40_000]);
        }
        let _ = turn(&mut event_loop, &mut app);
    }
    assert!(matches!(app.why[..], [Closed::Overflow]), "{:?}", app.why);
}

#[test]
fn a_pause_is_kept_until_it_is_there_and_longer() {
    let (listener, address) = listen();
    let (mut app, mut event_loop) = (app(), EventLoop::new().unwrap());
    let token = app.connect(address, 1);
    assert!(app.servers.pause(token));
    let _ = turn(&mut event_loop, &mut app);
    says(&mut accept(&listener), "hello\n");
    until(&mut event_loop, &mut app, |app| {
        app.has_told(&Told::Opened(1))
    });
    // What comes may wake the loop, and is not read.
    let _ = sleeps(&mut event_loop, &mut app);
    assert_eq!(app.told, [Told::Opened(1)]);
    app.servers.resume(token);
    until(&mut event_loop, &mut app, |app| {
        app.has_told(&Told::Line(1, "hello".to_owned()))
    });
}
