//! Finding few decisions that a test fails with.

use std::time::{Duration, Instant};

use super::choices::Choice;
use super::panics::Panicked;
use super::script::Script;
use super::seeds::Run;
use super::site::Site;

/// How often the test is run for it, and for how long, at the most. Whoever waits
/// for it sees nothing meanwhile.
const RUNS: usize = 2_000;
const TIME: Duration = Duration::from_secs(10);

/// Leaves out what can be left out, in ever smaller pieces, and makes what is left
/// smaller: delta debugging, of Zeller and Hildebrandt, "Simplifying and Isolating
/// Failure-Inducing Input", 2002. Answers with the last run that failed, if any but
/// the first did.
pub(super) fn shrink(
    script: Script,
    panicked: &Panicked,
    run: impl FnMut(&Script) -> Run,
) -> (Script, Option<Run>) {
    let mut search = Search {
        best: script.choices().to_vec(),
        last: None,
        place: &panicked.place,
        left: RUNS,
        until: Instant::now() + TIME,
        run,
    };
    search.leave_out_kinds();
    search.leave_out();
    search.lessen();
    search.leave_out();
    (Script::from(search.best), search.last)
}

struct Search<'a, R> {
    best: Vec<Choice>,
    last: Option<Run>,
    /// Another panic, elsewhere, is another failure.
    place: &'a str,
    left: usize,
    until: Instant,
    run: R,
}

impl<R: FnMut(&Script) -> Run> Search<'_, R> {
    /// Whether it still fails with these, which are the best then.
    fn fails_with(&mut self, choices: Vec<Choice>) -> bool {
        if self.is_over() {
            return false;
        }
        self.left -= 1;
        let run = (self.run)(&Script::from(choices.clone()));
        let same = run
            .panicked
            .as_ref()
            .is_some_and(|panicked| panicked.place == self.place);
        if same {
            self.best = choices;
            self.last = Some(run);
        }
        same
    }

    fn is_over(&self) -> bool {
        self.left == 0 || Instant::now() >= self.until
    }

    /// All decisions of a site at once: most have nothing to do with it.
    fn leave_out_kinds(&mut self) {
        for site in Site::all() {
            let others: Vec<Choice> = self
                .best
                .iter()
                .copied()
                .filter(|choice| choice.site != site)
                .collect();
            if others.len() < self.best.len() {
                self.fails_with(others);
            }
        }
    }

    fn leave_out(&mut self) {
        let mut piece = self.best.len().div_ceil(2);
        while piece > 0 && !self.is_over() {
            let mut begin = 0;
            let mut any = false;
            while begin < self.best.len() {
                let end = (begin + piece).min(self.best.len());
                let without = [&self.best[..begin], &self.best[end..]].concat();
                match self.fails_with(without) {
                    true => any = true,
                    false => begin = end,
                }
            }
            if !any || piece > 1 {
                piece /= 2;
            }
        }
    }

    fn lessen(&mut self) {
        for at in 0..self.best.len() {
            for smaller in [1, 2, 3] {
                if self.best[at].value > smaller && self.fails_with(self.with(at, smaller)) {
                    break;
                }
            }
            // Between what is too little and what is enough.
            let mut too_little = 3;
            while self.best[at].value > too_little + 1 {
                let middle = too_little + (self.best[at].value - too_little) / 2;
                if !self.fails_with(self.with(at, middle)) {
                    too_little = middle;
                }
            }
        }
    }

    fn with(&self, at: usize, value: u64) -> Vec<Choice> {
        let mut choices = self.best.clone();
        choices[at].value = value;
        choices
    }
}
