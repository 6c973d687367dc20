//! Every point of failure, in SQLite's way: the n-th system call of each kind fails,
//! for n = 1, 2, 3 … and each error that is documented for it, once only and from
//! there on, until a conversation ends untouched.

use std::io::Read;
use std::net::Shutdown;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use miocene_tests::client::Client;
use miocene_tests::server::PATIENCE;
use miocene_tests::trace::{Faults, Trace};
use miocene_tests::trouble::{Attacked, Trouble};
use miocene_tests::wait_until;

use crate::calls::{ACCEPTS, Cost, DATAGRAMS, PIPES, STREAMS};
use crate::kind::Kind::{self, Pipe, Raw, TcpListener, TcpStream, UnixListener, UnixStream};
use crate::pieces::{reads_at_rest, takes};
use crate::scene::Scene;
use crate::table::{Cell, Row};

pub fn rows() -> Vec<Row> {
    vec![Row {
        fault: "each system call fails in turn",
        numbers: "A5",
        cell: |kind| Cell::long(move || sweep(kind)),
    }]
}

/// One of the many conversations.
#[derive(Clone, Copy)]
struct Point {
    kind: Kind,
    call: &'static str,
    error: &'static str,
    cost: Cost,
    /// Calls before those of the server.
    skipped: usize,
    lasts: bool,
}

/// The series of points that differ in n only, each until one is untouched.
fn sweep(kind: Kind) -> Attacked<String> {
    let calls = match kind {
        TcpListener | UnixListener => ACCEPTS,
        TcpStream | UnixStream => STREAMS,
        Pipe => PIPES,
        _ => DATAGRAMS,
    };
    let mut points = Vec::new();
    for call in calls {
        // poll(2) has no such calls, and mio's selector for it reads, too.
        let is_ours = !call.name.starts_with("epoll_") && call.name != "read";
        if cfg!(mio_unsupported_force_poll_poll) && !is_ours {
            continue;
        }
        // The loader reads, too, and the runtime polls once.
        let skipped = match call.name {
            "read" => reads_at_rest(kind)?,
            "?poll,?ppoll" => 1,
            _ => 0,
        };
        for &(error, cost) in call.errors {
            // No signal interrupts for ever, and a raw handler is called for as long
            // as what it tries does not block.
            let never_lasts = error == "EINTR" || (kind, call.name) == (Raw, "recvfrom");
            for lasts in [false, true] {
                if !(lasts && never_lasts) {
                    points.push(Point {
                        kind,
                        call: call.name,
                        error,
                        cost,
                        skipped,
                        lasts,
                    });
                }
            }
        }
    }
    let (next, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    // Mostly they wait.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(&point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(trouble) = point.until_untouched(&runs) {
                        failures.lock().expect("nobody panics").push(trouble);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics");
    let (count, runs) = (failures.len(), runs.into_inner());
    match failures.into_iter().next() {
        Some(first) => Err(first.with(&format!("{count} of {} series", points.len()))),
        None => Ok(format!("{} series, {runs} conversations", points.len())),
    }
}

impl Point {
    fn until_untouched(self, runs: &AtomicUsize) -> Attacked {
        const MOST: usize = 500;
        for n in 1..MOST {
            runs.fetch_add(1, Ordering::Relaxed);
            let met = self.converse(n).map_err(|trouble| {
                let lasts = if self.lasts { " and on" } else { "" };
                trouble.with(&format!("{} {n}{lasts}: {}", self.call, self.error))
            })?;
            if !met {
                return Ok(());
            }
        }
        Err(Trouble::broke(format!("{} has no end", self.call)))
    }

    /// Whether the n-th call was reached. The conversation itself says how many
    /// clients were lost, and what comes after it is served in any case.
    fn converse(self, n: usize) -> Attacked<bool> {
        let n = self.skipped + n;
        let when = if self.lasts {
            format!("{n}+")
        } else {
            n.to_string()
        };
        let faults = Faults {
            error: self.error,
            when: &when,
        };
        let (mut scene, trace) = Scene::launch(self.kind, self.call, Some(faults))?;
        if scene.server.listens().is_err() {
            return self.ended(&mut scene);
        }
        let mut lost = 0;
        if !self.lasts {
            lost = talk(&mut scene, self.kind);
        } else if let Err(trouble) = bear(&mut scene, self.kind, &trace) {
            return self.ended_or(trouble, &mut scene);
        }
        // Whoever comes next may be the one whom it befalls.
        let served = scene.served_client().or_else(|_| {
            lost += 1;
            scene.served_client()
        });
        let stopped = served.and_then(|client| {
            drop(client);
            stop(&mut scene)
        });
        if let Err(trouble) = stopped {
            return self.ended_or(trouble, &mut scene);
        }
        match lost > usize::from(self.cost != Cost::Nothing) {
            true => Err(Trouble::broke(format!("{lost} are lost"))),
            false => Ok(trace.failed() > 0),
        }
    }

    /// What went wrong is no more than it may be if the server has ended, and was
    /// allowed to.
    fn ended_or(self, trouble: Trouble, scene: &mut Scene) -> Attacked<bool> {
        wait_until(Duration::from_secs(1), || scene.server.has_ended());
        match scene.server.code() {
            // It runs, or was stopped, and that was not all.
            None | Some(0) => Err(trouble),
            Some(_) => self.ended(scene),
        }
    }

    /// A server that has ended must have been allowed to, and have said why.
    fn ended(self, scene: &mut Scene) -> Attacked<bool> {
        scene.server.gives_up(PATIENCE)?;
        let complaint = scene.server.complaint();
        if complaint.contains("panicked") || complaint.contains("a panic") {
            return Err(Trouble::broke(complaint));
        }
        if complaint.contains("strace: ") {
            return Err(Trouble::not_run(complaint));
        }
        match self.cost {
            Cost::Server => Ok(true),
            _ => Err(Trouble::broke(format!("ended: {complaint}"))),
        }
    }
}

/// The calls fail for a while, in which the server must rest.
fn bear(scene: &mut Scene, kind: Kind, trace: &Trace) -> Attacked {
    const MOST_CALLS: usize = 1_000;
    let _clients = begin(scene, kind);
    let met = || trace.failed() > 0 || scene.server.has_ended();
    wait_until(Duration::from_secs(1), met);
    scene.server.rests(Duration::from_millis(300))?;
    let failed = trace.failed();
    if failed > MOST_CALLS {
        return Err(Trouble::broke(format!("spins: {failed} calls")));
    }
    trace.end(&mut scene.server)
}

/// Stops the server, whose client may be the one whom it befalls.
fn stop(scene: &mut Scene) -> Attacked {
    for _ in 0..2 {
        scene.client()?.say("stop\n")?;
        if wait_until(Duration::from_secs(2), || scene.server.has_ended()) {
            break;
        }
    }
    scene.server.ends(PATIENCE)?;
    scene.left_nothing()
}

/// Clients who each begin, and wait for nothing.
fn begin(scene: &mut Scene, kind: Kind) -> Vec<Client> {
    let clients = (0..3).filter_map(|_| {
        let client = scene.client().ok()?;
        client.say("hello\n").ok()?;
        Some(client)
    });
    let clients = clients.collect();
    // Whatever is not there is not written to.
    let _ = scene.write(b"line\n");
    if kind == Raw {
        let socket = scene.datagrams();
        let _ = socket.map(|socket| socket.send(b"datagram"));
    }
    clients
}

/// The conversation: how many of its parts were lost.
fn talk(scene: &mut Scene, kind: Kind) -> usize {
    const BIG: usize = 300_000;
    let parts: &[fn(&mut Scene) -> Attacked] = match kind {
        Pipe => &[
            |scene| {
                // Of a pipe that has failed nothing is printed.
                let _ = scene.write(b"one\ntwo\n");
                Ok(())
            },
            |scene| scene.served_client().map(drop),
            |scene| {
                let _ = scene.write(b"three");
                scene.close_pipe();
                Ok(())
            },
        ],
        Raw => &[answered, answered, answered],
        _ => &[
            |scene| scene.served_client().map(drop),
            |scene| {
                let mut client = scene.client()?;
                client.say(&format!("big {BIG}\n"))?;
                client.stream().shutdown(Shutdown::Write)?;
                takes(&mut client, BIG)?;
                match client.stream().read(&mut [0])? {
                    0 => Ok(()),
                    _ => Err(Trouble::broke("more than all")),
                }
            },
            |scene| {
                let client = scene.served_client()?;
                client.stream().set_linger(Some(Duration::ZERO))?;
                Ok(())
            },
        ],
    };
    parts.iter().filter(|part| part(scene).is_err()).count()
}

fn answered(scene: &mut Scene) -> Attacked {
    let socket = scene.datagrams()?;
    socket.set_read_timeout(Some(Duration::from_millis(500)))?;
    socket.send(b"datagram")?;
    socket.recv(&mut [0; 16])?;
    Ok(())
}
