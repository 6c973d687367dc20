//! Time as a source, in the time of a simulated world.
#![cfg(feature = "sim")]

use std::time::{Duration, Instant};

use miocene::sim::{Faults, Outcome, Sim};
use miocene::{Alarm, Context, Flow, Interval, Missed, Tick, Timers, Token, handlers};

const BELL: Token = Token(0);
const BEAT: Token = Token(1);
const EXPIRY: Token = Token(2);

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
/// How late what is due in [`Timers`] may be, where nothing is slow and the poll does not
/// round up: by a tick and a turn.
const LATE: Duration = Duration::from_nanos(15_625 + 1_000);

struct Clocks {
    bell: Alarm,
    beat: Interval,
    expiry: Timers<(Instant, u64)>,
    rings: u32,
    beats: Vec<Instant>,
    late: Duration,
    expired: Vec<u64>,
    again: Option<Duration>,
}

impl Clocks {
    fn new(period: Duration) -> Clocks {
        Clocks {
            bell: Alarm::new(),
            beat: Interval::every(period),
            expiry: Timers::new(),
            rings: 0,
            beats: Vec::new(),
            late: Duration::ZERO,
            expired: Vec::new(),
            again: None,
        }
    }
}

#[handlers]
impl Clocks {
    #[handler(token = BELL)]
    fn rings(&mut self, cx: &mut Context<'_>, due: Instant) {
        assert!(cx.now() >= due, "it rings early");
        self.rings += 1;
        if let Some(length) = self.again {
            self.bell.set_after(length);
        }
    }

    #[handler(token = BEAT)]
    fn beats(&mut self, tick: Tick) {
        self.beats.push(tick.due);
    }

    #[handler(token = EXPIRY)]
    fn expires(&mut self, cx: &mut Context<'_>, (due, number): (Instant, u64)) -> Flow {
        let now = cx.now();
        assert!(now >= due, "it expires early");
        self.late = self.late.max(now - due);
        self.expired.push(number);
        Flow::Continue
    }
}

#[test]
fn an_alarm_is_never_early_and_a_hundred_years_away_if_it_is_set_so() {
    Sim::seeds(0..100).faults(Faults::swarm()).run(|sim| {
        let mut clocks = Clocks::new(200 * YEAR);
        clocks.bell.set_after(100 * YEAR);
        let clocks = sim.start(clocks);
        sim.run_for(100 * YEAR - SECOND);
        assert_eq!(clocks.with(|clocks| clocks.rings), 0);
        sim.calm();
        assert_eq!(clocks.with(|clocks| clocks.rings), 1);
    });
}

#[test]
fn what_is_days_or_years_away_is_in_time_and_what_is_for_ever_does_not_come() {
    const DAY: Duration = Duration::from_secs(24 * 3600);

    Sim::seeds(0..20).faults(Faults::swarm()).run(|sim| {
        let mut clocks = Clocks::new(25 * DAY);
        let begin = sim.now();
        for (number, length) in [25 * DAY, 100 * YEAR, 200 * YEAR].into_iter().enumerate() {
            let due = begin + length;
            clocks.expiry.at(due, (due, number as u64));
        }
        // As if it were after a hundred years.
        let id = clocks.expiry.after(Duration::MAX, (begin, 3));
        clocks.bell.set_after(Duration::MAX);
        let clocks = sim.start(clocks);
        sim.run_for(25 * DAY - SECOND);
        assert!(clocks.with(|clocks| clocks.expired.is_empty() && clocks.beats.is_empty()));
        sim.run_for(100 * YEAR - 25 * DAY);
        clocks.with(|clocks| {
            assert_eq!((&clocks.expired[..], clocks.rings), (&[0][..], 0));
            assert_eq!(clocks.beats.len() as u32, 100 * 365 / 25 - 1);
        });
        assert!(clocks.change(|clocks| clocks.expiry.cancel(id)).is_some());
        sim.calm();
        assert_eq!(clocks.with(|clocks| clocks.expired.clone()), [0, 1]);
        assert!(clocks.with(|clocks| clocks.late) <= SECOND * 10);
    });
}

#[test]
fn an_alarm_that_is_set_anew_at_once_stops_nobody() {
    Sim::seeds(0..20).run(|sim| {
        let mut clocks = Clocks::new(SECOND);
        clocks.again = Some(Duration::ZERO);
        clocks.bell.set_after(Duration::ZERO);
        let clocks = sim.start(clocks);
        sim.run_until(|| clocks.with(|clocks| clocks.rings) >= 1000);
        assert!(sim.turns() >= 1000, "not twice in one turn");
    });
}

#[test]
fn ticks_do_not_drift() {
    Sim::seeds(0..100).faults(Faults::swarm()).run(|sim| {
        let clocks = sim.start(Clocks::new(SECOND));
        let begin = sim.now();
        sim.run_for(Duration::from_secs(60));
        sim.calm();
        clocks.with(|clocks| {
            for due in &clocks.beats {
                let nanoseconds = (*due - begin).as_nanos();
                assert_eq!(nanoseconds % SECOND.as_nanos(), 0);
            }
            assert!(clocks.beats.is_sorted());
        });
    });
}

#[test]
fn with_burst_no_tick_is_missed_and_with_skip_none_comes_twice() {
    for missed in [Missed::Burst, Missed::Skip] {
        Sim::seeds(0..100).faults(Faults::swarm()).run(|sim| {
            let mut clocks = Clocks::new(Duration::from_millis(20));
            clocks.beat = Interval::every(Duration::from_millis(20)).missed(missed);
            let clocks = sim.start(clocks);
            sim.run_for(Duration::from_secs(3));
            let beats = clocks.with(|clocks| clocks.beats.clone());
            let mut steps = beats.windows(2).map(|two| two[1] - two[0]);
            assert!(match missed {
                Missed::Burst => steps.all(|step| step == Duration::from_millis(20)),
                _ => steps.all(|step| step >= Duration::from_millis(20)),
            });
        });
    }
}

#[test]
fn timers_that_are_set_moved_and_cancelled_come_as_a_sorted_map_says() {
    Sim::seeds(0..300).faults(Faults::plain()).run(|sim| {
        let clocks = sim.start(Clocks::new(10 * YEAR));
        let mut model: Vec<(Duration, u64, miocene::TimerId)> = Vec::new();
        let mut expected: Vec<u64> = Vec::new();
        for number in 0..sim.draw(200) {
            let length = Duration::from_millis(1 + sim.draw(1 << sim.draw(20)));
            let at = sim.elapsed() + length;
            let due = sim.now() + length;
            match sim.draw(4) {
                0 if !model.is_empty() => {
                    let which = sim.draw(model.len() as u64) as usize;
                    let (.., id) = model.remove(which);
                    assert!(clocks.change(|clocks| clocks.expiry.cancel(id)).is_some());
                }
                1 if !model.is_empty() => {
                    let which = sim.draw(model.len() as u64) as usize;
                    let (_, number, id) = model.remove(which);
                    clocks.change(|clocks| {
                        clocks.expiry.get_mut(id).unwrap().0 = due;
                        assert!(clocks.expiry.rearm_at(id, due));
                    });
                    model.push((at, number, id));
                }
                _ => {
                    let id = clocks.change(|clocks| clocks.expiry.at(due, (due, number)));
                    model.push((at, number, id));
                }
            }
            sim.run_for(Duration::from_millis(sim.draw(3) * sim.draw(50)));
            let margin = LATE;
            let now = sim.elapsed();
            model.sort_by_key(|(at, ..)| *at);
            let gone = clocks.with(|clocks| clocks.expired.clone());
            model.retain(|(at, number, _)| {
                let is_gone = gone.contains(number);
                assert!(!is_gone || *at <= now, "early");
                assert!(is_gone || *at + margin > now, "late");
                if is_gone {
                    expected.push(*number);
                }
                !is_gone
            });
        }
        assert_eq!(sim.run_for(YEAR), Outcome::Reached);
        expected.extend(model.iter().map(|(_, number, _)| *number));
        let mut expired = clocks.with(|clocks| clocks.expired.clone());
        expired.sort();
        expected.sort();
        assert_eq!(expired, expected);
        assert!(clocks.with(|clocks| clocks.late) <= LATE);
    });
}

#[test]
fn with_nothing_set_the_loop_ends() {
    struct Silent {
        bell: Alarm,
    }

    #[handlers]
    impl Silent {
        #[handler(token = BELL)]
        fn rings(&mut self, _due: Instant) {}
    }

    Sim::seeds(0..1).run(|sim| {
        let mut bell = Alarm::new();
        bell.set_after(SECOND);
        let silent = sim.start(Silent { bell });
        assert_eq!(sim.run(), Outcome::Finished);
        assert!(!silent.is_running() && sim.elapsed() >= SECOND);
    });
}

mod in_a_family {
    use super::*;
    use miocene::{Family, Tokens};

    const ALARMS: Tokens = Tokens::new(1);

    struct Alarms {
        alarms: Family<Alarm>,
        rings: Vec<miocene::Token>,
    }

    #[handlers]
    impl Alarms {
        #[handler(tokens = ALARMS)]
        fn rings(&mut self, cx: &mut Context<'_>, _alarm: &mut Alarm, _due: Instant) {
            self.rings.push(cx.token());
            // Another one is moved to now, as long as that would not be for ever.
            if let Some(other) = self
                .alarms
                .iter_mut()
                .next()
                .filter(|_| self.rings.len() < 10)
            {
                other.set_after(Duration::ZERO);
            }
        }
    }

    #[test]
    fn an_alarm_that_another_one_moves_rings_at_once() {
        Sim::seeds(0..5).faults(Faults::swarm()).run(|sim| {
            let mut alarms = Family::new(ALARMS);
            for years in [50, 60] {
                let mut alarm = Alarm::new();
                alarm.set_after(years * YEAR);
                alarms.insert(alarm);
            }
            let rings = Vec::new();
            let alarms = sim.start(Alarms { alarms, rings });
            sim.run_for(50 * YEAR - SECOND);
            assert_eq!(alarms.with(|alarms| alarms.rings.len()), 0);
            sim.calm();
            assert_eq!(alarms.with(|alarms| alarms.rings.len()), 10);
        });
    }
}
