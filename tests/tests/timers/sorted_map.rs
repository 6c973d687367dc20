//! [`Timers`] beside what they should be: a sorted map.

use std::collections::BTreeMap;

use super::common::turn;
use super::*;
use miocene::TimerId;

/// Numbers that look random, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// What [`Timers`] should be, and the check that they are.
#[derive(Default)]
struct Model {
    deadlines: BTreeMap<u64, (Instant, TimerId)>,
    gone: Vec<TimerId>,
    numbers: u64,
}

impl Model {
    fn change(&mut self, timers: &mut Timers<u64>, random: &mut Random) {
        let length = match random.below(8) {
            0 => Duration::ZERO,
            1 => 100 * YEAR,
            2 => Duration::MAX,
            _ => Duration::from_micros(random.below(5_000)),
        };
        let now = Instant::now();
        let deadline = now.checked_add(length).unwrap_or(now + 200 * YEAR);
        let some = random.below(self.deadlines.len().max(1) as u64) as usize;
        let some = self.deadlines.keys().copied().nth(some);
        match (random.below(4), some) {
            (0, Some(number)) => {
                let (_, id) = self.deadlines.remove(&number).unwrap();
                assert_eq!(timers.get(id), Some(&number));
                assert_eq!(timers.cancel(id), Some(number));
                self.gone.push(id);
            }
            (1, Some(number)) => {
                let (kept, id) = self.deadlines.get_mut(&number).unwrap();
                assert!(timers.rearm_at(*id, deadline));
                *kept = deadline;
            }
            _ => {
                let id = timers.at(deadline, self.numbers);
                self.deadlines.insert(self.numbers, (deadline, id));
                self.numbers += 1;
            }
        }
    }

    /// What came in one turn, which had begun at a time or later.
    fn expect(&mut self, app: &mut Expiring, begin: Instant, again: Option<Duration>) {
        let mut latest = None;
        for (number, now) in app.fired.drain(..) {
            let (deadline, id) = self.deadlines.remove(&number).expect("it comes once");
            assert!(deadline <= now, "early by {:?}", deadline - now);
            assert!(
                latest.is_none_or(|latest| latest < deadline + TICK),
                "after one that is due later"
            );
            latest = latest.max(Some(deadline));
            self.gone.push(id);
        }
        assert_eq!(app.expiry.len(), self.deadlines.len());
        for id in self.gone.drain(..) {
            assert!(app.expiry.get(id).is_none() && app.expiry.cancel(id).is_none());
            assert!(!app.expiry.rearm(id, Duration::ZERO));
        }
        let first = self.deadlines.values().map(|(deadline, _)| *deadline).min();
        let Some(first) = first else {
            return;
        };
        let again = again.expect("something is set");
        // At once: the turn has left something for the next.
        assert!(again.is_zero() || first + TICK > begin, "late");
        assert!(
            again <= first.saturating_duration_since(begin) + TICK,
            "the loop would sleep for too long: {again:?}"
        );
    }
}

#[test]
fn what_is_set_moved_and_cancelled_comes_as_a_sorted_map_says() {
    for seed in 1..=20 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut app = expiring();
        let mut event_loop = EventLoop::new().unwrap();
        let mut model = Model::default();
        for _ in 0..200 {
            for _ in 0..random.below(8) {
                model.change(&mut app.expiry, &mut random);
            }
            let begin = Instant::now();
            let turn = turn(&mut event_loop, &mut app);
            model.expect(&mut app, begin, turn.again);
        }
        // Those that are years away are not waited for.
        let soon = Instant::now() + YEAR;
        let far: Vec<u64> = model
            .deadlines
            .iter()
            .filter(|(_, (deadline, _))| *deadline > soon)
            .map(|(number, _)| *number)
            .collect();
        for number in far {
            let (_, id) = model.deadlines.remove(&number).unwrap();
            assert_eq!(app.expiry.cancel(id), Some(number));
        }
        let mut app = run_to_the_end(event_loop, app);
        model.expect(&mut app, Instant::now(), None);
        assert!(model.deadlines.is_empty() && app.expiry.is_empty());
    }
}
