//! Rows of a family's handlers, for connections.

use std::time::Duration;

use miocene::Flow;
use miocene::sim::Faults;

use crate::row;
use crate::scene::{By, Scene};

#[test]
fn readable() {
    row(Faults::swarm(), |sim, flow| {
        let scene = Scene::new(sim, By::Line, flow);
        scene.peer.send("a\nb\nc\n");
        sim.run_for(Duration::from_millis(sim.draw(20)));
        sim.calm();
        if scene.told(By::Line) == 0 {
            return assert!(scene.was_cut());
        }
        match flow {
            Flow::Continue => {
                scene.peer_has("a\nb\nc\n");
                scene.stays();
            }
            Flow::Pause => {
                for so_far in ["a\n", "a\nb\n", "a\nb\nc\n"] {
                    scene.stays();
                    scene.peer_has(so_far);
                    scene.resume();
                }
            }
            Flow::Close => {
                scene.peer_has_all("a\n");
                scene.left_with("Asked");
                assert_eq!(scene.told(By::Line), 1, "no more items");
            }
            Flow::Leave => {
                if let Some((unread, unsent)) = scene.left_with("Left") {
                    assert_eq!(unsent, b"a\n", "neither flushed nor shut down");
                    assert!(b"b\nc\n".starts_with(&unread), "{unread:?}");
                }
            }
            Flow::Stop => {
                assert!(scene.app.ended().expect("it stops").is_ok());
                scene.left_with("Stopped");
                // Who goes on sending to a process that has ended may lose its last words.
                assert!(b"a\n".starts_with(&scene.peer.received()));
            }
        }
    });
}

#[test]
fn writable() {
    row(Faults::swarm(), |sim, flow| {
        let scene = Scene::new(sim, By::Writable, flow);
        scene.peer.send("a\n");
        sim.calm();
        if scene.told(By::Writable) == 0 {
            return assert!(scene.was_cut());
        }
        let rooms = scene.told(By::Writable);
        match flow {
            Flow::Continue => {
                assert!(
                    scene.was_cut() || rooms == 3,
                    "again while it sends: {rooms}"
                );
                scene.peer_has("a\nmore\nmore\n");
                scene.stays();
            }
            Flow::Pause => {
                scene.stays();
                scene.peer.send("b\n");
                sim.calm();
                assert!(
                    scene.was_cut() || scene.told(By::Line) == 1,
                    "reading stops"
                );
                scene.resume();
                assert!(scene.was_cut() || scene.told(By::Line) == 2);
            }
            Flow::Close => {
                scene.peer_has_all("a\nmore\n");
                scene.left_with("Asked");
            }
            Flow::Leave => {
                if let Some((_, unsent)) = scene.left_with("Left") {
                    let all = [scene.peer.received(), unsent].concat();
                    assert_eq!(all, b"a\nmore\n");
                }
            }
            Flow::Stop => scene.has_stopped("a\nmore\n"),
        }
    });
}

#[test]
fn opened() {
    row(Faults::swarm(), |sim, flow| {
        let scene = Scene::new(sim, By::Opened, flow);
        scene.peer.send("a\n");
        sim.calm();
        if scene.told(By::Opened) == 0 {
            return assert!(scene.was_cut());
        }
        match flow {
            Flow::Continue => {
                scene.peer_has("a\n");
                scene.stays();
            }
            Flow::Pause => {
                scene.stays();
                assert_eq!(scene.told(By::Line), 0);
                scene.resume();
                scene.peer_has("a\n");
            }
            Flow::Close => {
                assert_eq!(scene.told(By::Line), 0);
                scene.peer_has_all("");
                scene.left_with("Asked");
            }
            Flow::Leave => {
                assert_eq!(scene.told(By::Line), 0);
                scene.left_with("Left");
            }
            Flow::Stop => {
                assert_eq!(scene.told(By::Line), 0);
                scene.has_stopped("");
            }
        }
    });
}

#[test]
fn ended() {
    row(Faults::swarm(), |sim, flow| {
        let scene = Scene::new(sim, By::Ended, flow);
        scene.peer.send("a\n");
        scene.peer.half_closes();
        sim.calm();
        if scene.told(By::Ended) == 0 {
            return assert!(scene.was_cut());
        }
        match flow {
            // Half-open: it is only written to, until it is closed.
            Flow::Continue | Flow::Pause => {
                scene.stays();
                scene.peer_has("a\nlast words\n");
                assert!(scene.was_cut() || !scene.peer.has_ended());
                scene.app.change(|app| {
                    for client in app.clients.iter_mut() {
                        client.out.send(b"and more\n");
                    }
                    let all: Vec<_> = app.clients.all_tokens().collect();
                    all.into_iter().all(|token| app.clients.close(token))
                });
                sim.calm();
                scene.peer_has_all("a\nlast words\nand more\n");
                scene.left_with("Asked");
            }
            Flow::Close => {
                scene.peer_has_all("a\nlast words\n");
                scene.left_with("Ended(Eof)");
            }
            Flow::Leave => {
                if let Some((_, unsent)) = scene.left_with("Left") {
                    let all = [scene.peer.received(), unsent].concat();
                    assert_eq!(all, b"a\nlast words\n");
                }
            }
            Flow::Stop => scene.has_stopped("a\nlast words\n"),
        }
    });
}

#[test]
fn closed() {
    row(Faults::swarm(), |sim, flow| {
        let scene = Scene::new(sim, By::Closed, flow);
        scene.peer.send("a\n");
        scene.peer.half_closes();
        sim.calm();
        if scene.told(By::Closed) == 0 {
            // It was never accepted.
            return assert!(scene.was_cut());
        }
        scene.peer_has_all("a\nlast words\n");
        assert_eq!(scene.told(By::Closed), 1, "exactly once");
        match flow {
            Flow::Stop => assert!(scene.app.ended().expect("it stops").is_ok()),
            _ => assert!(scene.app.is_running()),
        }
    });
}
