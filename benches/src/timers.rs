//! Instructions in user space for what is done to a deadline among many.

use crate::callgrind::Counting;
use crate::cargo::Profile;
use crate::measured::{Measured, missing};
use crate::table::Table;

const TITLE: &str = "Many deadlines: instructions in user space for each";

struct Program {
    name: &'static str,
    /// How many deadlines there are, and how many of them are moved or cancelled.
    deadlines: usize,
    changed: usize,
}

const OURS: Program = Program {
    name: "timers",
    deadlines: 1_000_000,
    changed: 1_000_000,
};

const TWINS: [Program; 3] = [
    Program {
        name: "timers-by-hand",
        ..OURS
    },
    // Each of these costs as much more as there are more of them.
    Program {
        name: "timers-calloop",
        deadlines: 10_000,
        changed: 100,
    },
    Program {
        name: "timers-tokio",
        ..OURS
    },
];

/// What is counted for each deadline.
const ROWS: [&str; 8] = [
    "set",
    "move, the call alone",
    "move",
    "cancel, the call alone",
    "cancel",
    "fire",
    "a life: set and cancelled",
    "a life: set, moved and fired",
];

/// What is cancelled stays in a heap, which is to throw it out later: the call alone
/// has no bound.
const UNBOUND: &str = "cancel, the call alone";

/// Ours and the twins, in each profile.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = missing("valgrind") {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = [
        "what",
        "profile",
        "ours",
        "`BinaryHeap`",
        "calloop",
        "tokio",
        "bound",
    ];
    let mut table = Table::new(TITLE, &columns)
        .note(format!(
            "Of {} deadlines within ten seconds, in random order, each is set, moved to another \
             time, cancelled, or fires; counted by callgrind as the difference of two runs, one of \
             which does it. To move and to cancel is by handle, and counted to the end, with what is \
             left behind of it and is thrown out later, except where the call alone is named. It \
             comes before the loop looks: ours puts a deadline into its slot when it does, which \
             is counted as part of firing.",
            thousands(OURS.deadlines)
        ))
        .note(format!(
            "`BinaryHeap` is that of the standard library, by hand, beside a slab of the items, \
             by which a handle finds its item and which of its entries counts: the others, and \
             those of what was cancelled, stay in the heap until they come to the top. calloop has \
             {} deadlines, and {} of them are moved or cancelled, since each of these costs more, \
             the more there are. tokio has no task for each deadline: one task polls them all.",
            thousands(TWINS[1].deadlines),
            TWINS[1].changed
        ));
    for profile in [Profile::Release, Profile::Lto] {
        let ours = OURS.count(profile)?;
        let mut theirs = [[0.0; ROWS.len()]; TWINS.len()];
        for (twin, counts) in TWINS.iter().zip(&mut theirs) {
            *counts = twin.count(profile)?;
        }
        for (row, what) in ROWS.into_iter().enumerate() {
            let bound = what != UNBOUND;
            let fewest = theirs.iter().map(|counts| counts[row]);
            let fewest = fewest.fold(f64::INFINITY, f64::min);
            let mut cells = vec![what.to_owned(), profile.name().to_owned()];
            let counts = [ours].into_iter().chain(theirs);
            cells.extend(counts.map(|counts| format!("{:.1}", counts[row])));
            cells.push(if bound { "fewest" } else { "–" }.to_owned());
            table.row(cells, !bound || ours[row] < fewest);
        }
    }
    Ok(table)
}

/// A number as people read it.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<&str> = groups.flat_map(std::str::from_utf8).collect();
    groups.join(",")
}

impl Program {
    /// The counts for the rows.
    fn count(&self, profile: Profile) -> Measured<[f64; ROWS.len()]> {
        let (all, changed) = (self.deadlines, self.changed);
        // Set, moved, cancelled, and whether their time comes.
        let runs = [
            [0, 0, 0, 0],
            [all, 0, 0, 0],
            [all, changed, 0, 0],
            [all, 0, changed, 0],
            [all, 0, 0, 1],
            [all, changed, 0, 1],
            [all, 0, changed, 1],
        ];
        let start = |run: [usize; 4]| {
            let arguments = [all].into_iter().chain(run);
            let arguments: Vec<String> = arguments.map(|number| number.to_string()).collect();
            Counting::start(profile, self.name, &arguments)
        };
        // All at once, since most of their time is spent waiting for deadlines.
        let counting: Vec<Counting> = runs.into_iter().map(start).collect::<Measured<_>>()?;
        let finish = counting.into_iter().map(Counting::finish);
        let totals: Vec<u64> = finish.collect::<Measured<_>>()?;
        let [
            nothing,
            set,
            moved,
            cancelled,
            fired,
            moved_fired,
            cancelled_fired,
        ] = totals[..]
        else {
            return Err("a run has no total".into());
        };
        let each =
            |more: u64, fewer: u64, count: usize| (more as f64 - fewer as f64) / count as f64;
        let set_one = each(set, nothing, all);
        let fire_one = each(fired, set, all);
        let move_one = each(moved_fired, fired, changed);
        // Those that are cancelled do not fire.
        let cancel_one = each(cancelled_fired, fired, changed) + fire_one;
        Ok([
            set_one,
            each(moved, set, changed),
            move_one,
            each(cancelled, set, changed),
            cancel_one,
            fire_one,
            set_one + cancel_one,
            set_one + move_one + fire_one,
        ])
    }
}
