//! Instructions in user space for each event, counted by callgrind.
//!
//! The difference of two runs that differ only in their length: what starting
//! and ending cost is in both.

use crate::callgrind::instructions;
use crate::cargo::Profile;
use crate::load::{Load, Regime};
use crate::measured::{Measured, missing};
use crate::table::{Table, judge};

const TITLE: &str = "Instructions in user space for each item";

/// How many times what the twin does may cost.
const BOUND: f64 = 1.15;

/// For a turn full of accepts, of some 33 instructions each with the twin: 1.15
/// is wanted, and it is one instruction more. The loop counts what it accepts.
const BOUND_OF_FULL_TURNS: f64 = 1.20;

struct Scenario {
    what: &'static str,
    program: &'static str,
    twin: &'static str,
    /// For the program and the twin.
    arguments: &'static [&'static str],
    load: Load,
    sources: usize,
    regime: Regime,
    /// The lengths of the two runs.
    steps: [usize; 2],
    bound: Option<f64>,
}

const SCENARIOS: [Scenario; 6] = [
    Scenario {
        what: "guide server: one connection a turn",
        ..GUIDE
    },
    Scenario {
        what: "guide server: 50 connections a turn",
        arguments: &[],
        regime: Regime::AtOnce(50),
        steps: [5, 20],
        bound: Some(BOUND_OF_FULL_TURNS),
        ..GUIDE
    },
    Scenario {
        what: "guide server: 50 connections in four turns (`accepts = 16`)",
        regime: Regime::AtOnce(50),
        steps: [5, 20],
        bound: None,
        ..GUIDE
    },
    Scenario {
        what: "five sources: one event a turn, of one item",
        ..STATION
    },
    Scenario {
        what: "five sources: five events a turn, of one item each",
        regime: Regime::Each,
        steps: [20, 80],
        ..STATION
    },
    Scenario {
        what: "five sources: five events a turn, of ten items each",
        regime: Regime::AtOnce(50),
        steps: [5, 20],
        ..STATION
    },
];

const GUIDE: Scenario = Scenario {
    what: "",
    program: "guide-counts",
    twin: "guide-counts-by-hand",
    arguments: &["16"],
    load: Load::Connections,
    sources: 1,
    regime: Regime::One,
    steps: [100, 400],
    bound: Some(BOUND),
};

const STATION: Scenario = Scenario {
    program: "station",
    twin: "station-by-hand",
    load: Load::Datagrams,
    sources: 5,
    ..GUIDE
};

/// Measures each scenario in each profile.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = missing("valgrind") {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = [
        "scenario",
        "profile",
        "by hand",
        "generated",
        "ratio",
        "bound",
    ];
    let mut table = Table::new(TITLE, &columns)
        .note(
            "Counted by callgrind in the process of the server alone, as the difference of two \
             run lengths; the clients are another process. What comes at once is queued while the \
             server is stopped, so that each turn has the events that the row says; the poll that \
             the stop interrupts is counted in both.",
        )
        .note(
            "The third row has no bound: where the twin accepts without end, a smaller budget \
             lets the other sources have their turn sooner, at the price of more polls.",
        );
    for profile in [Profile::Release, Profile::Lto] {
        for scenario in &SCENARIOS {
            let by_hand = scenario.per_item(profile, scenario.twin)?;
            let generated = scenario.per_item(profile, scenario.program)?;
            let (judged, allowed) = judge(generated, by_hand, scenario.bound);
            let mut row = vec![
                scenario.what.to_owned(),
                profile.name().to_owned(),
                format!("{by_hand:.1}"),
                format!("{generated:.1}"),
            ];
            row.extend(judged);
            table.row(row, allowed);
        }
    }
    Ok(table)
}

impl Scenario {
    fn per_item(&self, profile: Profile, program: &str) -> Measured<f64> {
        let [short, long] = self.steps;
        let count = |steps| {
            instructions(profile, program, self.arguments, |server| {
                self.load.drive(server, self.regime, steps)
            })
        };
        let (more, fewer) = (count(long)?, count(short)?);
        let items = self.regime.items(self.sources, long - short);
        Ok((more - fewer) as f64 / items as f64)
    }
}
