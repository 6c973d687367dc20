//! One cell: sets it up, lets it happen, and looks at what came of it.

use std::collections::BTreeMap;
use std::mem;
use std::net::Shutdown;
use std::os::unix::net::UnixStream as Peer;
use std::sync::mpsc::{Sender, channel};

use miocene::{Config, Context, EventLoop, Flow, Panics};

use super::expected::{self, End, Expected, Fate};
use super::kind::Kind;
use super::scene::{Checked, Scene};
use super::{Action, By, PLANNED, Target};
use crate::hall::{Answer, Client, Hall, RawMember, What, When};

#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub by: By,
    pub action: Action,
    pub target: Target,
}

impl Cell {
    pub fn check(self) -> Checked {
        match self.by {
            By::Raw => self.check_of::<RawMember>(),
            _ => self.check_of::<Client>(),
        }
    }

    fn check_of<S: Kind>(self) -> Checked {
        let expected = expected::of(self.by, self.action, self.target);
        let mut scene = self.set_up::<S>();
        self.happens::<S>(&mut scene);
        if let Ok(token) = scene.inserted.try_recv() {
            scene.known.get_mut("new").expect("it is set up").token = token;
        } else {
            scene.known.remove("new");
        }
        scene.turns(12);
        scene.waits_for(expected.end);
        self.judge::<S>(&mut scene, &expected)?;
        scene.close();
        scene.judge_the_end(&expected)
    }

    fn set_up<S: Kind>(self) -> Scene {
        let mut config = Config::default();
        if self.action == Action::PanicAndGoOn {
            config.panics = Panics::CloseMember;
        }
        let (answer, answers) = channel();
        let (insert, inserted) = channel();
        let mut scene = Scene {
            event_loop: EventLoop::with_config(config).expect("a loop"),
            hall: Hall::new(),
            known: BTreeMap::new(),
            answers,
            inserted,
            end: End::GoesOn,
            clients: Vec::new(),
        };
        for name in ["gone", "busy", "idle"] {
            scene.insert::<S>(name);
        }
        if self.by != By::Opened {
            scene.insert::<S>("me");
        }
        scene.turns(1);
        let gone = scene.known["gone"].token;
        S::family(&mut scene.hall).abort(gone);
        scene.turns(1);
        scene.known.get_mut("gone").expect("it is").peer = Peer::pair().expect("a pair").0;
        scene.insert::<S>("heir");
        scene.turns(1);
        assert_eq!(scene.hall.told(gone).len(), 2, "opened and closed");

        let me = (self.by == By::Opened).then(|| scene.insert::<S>("me"));
        let me = me.unwrap_or_else(|| scene.known["me"].token);
        let target = match self.target {
            Target::Myself => me,
            Target::Busy => scene.known["busy"].token,
            Target::Idle => scene.known["idle"].token,
            Target::Gone => gone,
        };
        if self.action == Action::Resume && self.target != Target::Myself {
            S::family(&mut scene.hall).pause(target);
        }
        let (new, peer) = S::pair("new");
        scene.know("new", target, peer);
        let does = move |hall: &mut Hall, cx: &mut Context<'_>, member: &mut S| {
            let family = S::family(hall);
            match self.action {
                Action::Close => says(&answer, family.close(target)),
                Action::Abort => says(&answer, family.abort(target)),
                Action::Leave => says(&answer, family.leave(target)),
                Action::Pause => says(&answer, family.pause(target)),
                Action::Resume => says(&answer, family.resume(target)),
                Action::Insert => says(&insert, family.insert(new)),
                Action::Replace => {
                    *family = S::empty();
                    says(&insert, family.insert(new));
                }
                Action::Swap => mem::swap(member, family.get_mut(target).expect("it is here")),
                Action::Stop => cx.stop(),
                Action::Fail => cx.fail(PLANNED),
                Action::Panic | Action::PanicAndGoOn => std::panic::panic_any(PLANNED),
                _ => {}
            }
            self.answer()
        };
        S::on(&mut scene.hall, self.when(), self.name(), does);
        scene
    }

    fn answer(self) -> Answer {
        match self.action {
            Action::Pauses => Ok(Flow::Pause),
            Action::Closes => Ok(Flow::Close),
            Action::Leaves => Ok(Flow::Leave),
            Action::Stops => Ok(Flow::Stop),
            Action::Errs => Err(PLANNED.into()),
            _ => Ok(Flow::Continue),
        }
    }

    fn when(self) -> When {
        match self.by {
            By::Accept => When::Accept,
            By::Readable | By::Raw => When::Item,
            By::Writable => When::Writable,
            By::Opened => When::Opened,
            By::Ended => When::Ended,
            By::Closed => When::Closed,
            By::Failed => When::Failed,
        }
    }

    fn name(self) -> &'static str {
        if self.by.is_of_a_member() {
            "me"
        } else {
            "server"
        }
    }

    /// Brings about that the handler is called, with somebody else busy.
    fn happens<S: Kind>(self, scene: &mut Scene) {
        let me = scene.known["me"].token;
        match self.by {
            By::Accept => scene.connect(),
            By::Failed => {
                scene
                    .hall
                    .on_raw
                    .add(When::Accept, "server", |_, _, _| Err("trouble".into()));
                scene.connect();
            }
            By::Readable | By::Writable | By::Raw => scene.send("me", b"go\n"),
            By::Ended => scene.known["me"]
                .peer
                .shutdown(Shutdown::Write)
                .expect("a shutdown"),
            By::Closed => drop(S::family(&mut scene.hall).leave(me)),
            By::Opened => {}
        }
        scene.send("busy", b"busy\n");
        scene.turns(1);
    }

    fn judge<S: Kind>(self, scene: &mut Scene, expected: &Expected) -> Checked {
        if scene.end != expected.end {
            return Err(format!("the loop {:?}, not {:?}", scene.end, expected.end));
        }
        let answer = scene.answers.try_recv().ok();
        if answer != expected.answer {
            return Err(format!("the verb has answered {answer:?}"));
        }
        if expected.end != End::GoesOn {
            return Ok(());
        }
        let fates = self.fates(scene, expected);
        let here = fates
            .values()
            .filter(|fate| matches!(fate, Fate::Stays | Fate::Silent));
        let (here, length) = (here.count(), S::family(&mut scene.hall).len());
        if here != length {
            return Err(format!("{length} members, not {here}"));
        }
        // Each says something more: who goes on has it sent back.
        let names: Vec<_> = fates.keys().copied().collect();
        for name in &names {
            scene.send(name, b"more\n");
        }
        scene.turns(4);
        for (name, fate) in fates {
            let known = &scene.known[name];
            let told = scene.hall.told(known.token);
            let last = told.iter().any(|what| **what == What::Item(more::<S>()));
            match fate {
                Fate::Stays if known.at_end => return Err(format!("{name} is cut off")),
                Fate::Stays if !known.echo.ends_with(b"more\n") => {
                    return Err(format!("{name} got {:?} back", text(&known.echo)));
                }
                Fate::Stays if known.echo != expected_echo(self, name) => {
                    return Err(format!("{name} got all of {:?} back", text(&known.echo)));
                }
                Fate::Silent | Fate::Goes(_) if last => return Err(format!("{name} was read")),
                Fate::Goes(_) | Fate::Dropped if !known.at_end => {
                    return Err(format!("{name} sees no end"));
                }
                Fate::Silent if known.at_end => return Err(format!("{name} is cut off")),
                _ => {}
            }
        }
        Ok(())
    }

    fn fates(self, scene: &Scene, expected: &Expected) -> BTreeMap<&'static str, Fate> {
        let mut fates = BTreeMap::from([
            ("me", expected.me),
            ("busy", expected.busy),
            ("idle", expected.idle),
            ("heir", expected.heir),
        ]);
        if scene.known.contains_key("new") {
            fates.insert("new", expected.new);
        }
        if self.action == Action::Swap {
            self.exchange(&mut fates);
        }
        fates
    }

    /// Peers stay with their connections, which have other places now.
    fn exchange(self, fates: &mut BTreeMap<&'static str, Fate>) {
        let other = if self.target == Target::Busy {
            "busy"
        } else {
            "idle"
        };
        match self.by {
            // The other one is read in the place of the one that has ended, and
            // under its token; that one is found to have ended again, and leaves
            // under the other's, of which nothing more is to be said by name.
            By::Ended => {
                fates.insert(other, Fate::Stays);
                fates.remove("me");
            }
            // The one that had left is in the place of the other, who is dropped.
            By::Closed => {
                fates.insert(other, Fate::Dropped);
                fates.insert("me", Fate::Stays);
            }
            _ => {}
        }
    }
}

/// "more", as it is told of.
fn more<S: Kind>() -> Vec<u8> {
    let is_raw = std::any::type_name::<S>() == std::any::type_name::<RawMember>();
    if is_raw {
        b"more\n".to_vec()
    } else {
        b"more".to_vec()
    }
}

/// What somebody who goes on has got back in all.
fn expected_echo(cell: Cell, name: &str) -> Vec<u8> {
    let went = matches!(cell.by, By::Readable | By::Writable | By::Raw);
    match name {
        "me" if went => b"go\nmore\n".to_vec(),
        "busy" => b"busy\nmore\n".to_vec(),
        _ => b"more\n".to_vec(),
    }
}

fn says<T>(to: &Sender<T>, what: T) {
    to.send(what).expect("the cell listens");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
