//! Instructions in user space for each message.

use super::{BY_HAND, CALLOOP, DEPTHS, ECHO, LINES, TOKIO, WITH_STATE, drive, rounds};
use crate::callgrind::instructions;
use crate::cargo::Profile;
use crate::measured::{Measured, missing};
use crate::table::{Table, judge};

const TITLE: &str = "Echo: instructions in user space for each message";
const BESIDE: &str = "Echo: instructions beside other ways to write it";

const PROFILES: [Profile; 2] = [Profile::Lto, Profile::Release];

/// One after another, and as many as a turn should be full of.
const CONNECTIONS: [usize; 2] = [1, 50];

const OURS: [(&str, &str); 3] = [
    ("no state, handler inlined", ECHO),
    ("128 bytes of state", WITH_STATE),
    ("lines, handler not inlined", LINES),
];

const TWINS: [&str; 3] = [BY_HAND, CALLOOP, TOKIO];

/// How many a message may cost at depth 1, and how many are wanted: where that
/// is not reached, what is must not be lost.
fn bound(profile: Profile, program: &str, connections: usize) -> Option<(f64, f64)> {
    match (profile, program, connections) {
        (Profile::Lto, ECHO, 50) => Some((168.0, 143.0)),
        (Profile::Lto, WITH_STATE, 50) => Some((170.0, 155.0)),
        (Profile::Lto, LINES, 50) => Some((390.0, 170.0)),
        (Profile::Lto, ECHO, 1) => Some((228.0, 200.0)),
        (Profile::Release, ECHO, 50) => Some((215.0, 215.0)),
        _ => None,
    }
}

/// The servers of ours, each in each profile.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = missing("valgrind") {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = [
        "server",
        "profile",
        "connections",
        "depth 16",
        "depth 1",
        "wanted",
        "bound",
    ];
    let mut table = Table::new(TITLE, &columns).note(
        "Messages of 64 bytes, of which each client has as many on their way at once as the depth \
         says. Of 50 clients all have sent before the server, which is stopped meanwhile, sees \
         the first. Counted as above. Wanted and bound are for depth 1: where what is wanted is \
         not reached, the bound guards what is.",
    );
    for profile in PROFILES {
        for (what, program) in OURS {
            for connections in CONNECTIONS {
                let [one, many] = for_each_message(profile, program, connections)?;
                let bound = bound(profile, program, connections);
                let limit = |bound: Option<f64>| {
                    bound.map_or("–".to_owned(), |bound| format!("≤ {bound}"))
                };
                let row = vec![
                    what.to_owned(),
                    profile.name().to_owned(),
                    connections.to_string(),
                    format!("{many:.1}"),
                    format!("{one:.1}"),
                    limit(bound.map(|(_, wanted)| wanted)),
                    limit(bound.map(|(bound, _)| bound)),
                ];
                table.row(row, bound.is_none_or(|(bound, _)| one <= bound));
            }
        }
    }
    Ok(table)
}

/// The first of ours and its twins.
pub(crate) fn beside_others() -> Measured<Table> {
    if let Some(why) = missing("valgrind") {
        return Ok(Table::not_run(BESIDE, &why));
    }
    let columns = [
        "connections, depth",
        "profile",
        "ours",
        "by hand",
        "ratio",
        "calloop",
        "ratio",
        "tokio",
        "ratio",
    ];
    let mut table = Table::new(BESIDE, &columns).note(
        "The same load and the same count. Ours has no state, and a handler that is inlined. By \
         hand: mio and a slab, no limits or deadlines. tokio is its current-thread runtime. A ratio is \
         of ours to theirs.",
    );
    for profile in PROFILES {
        for connections in CONNECTIONS {
            let ours = for_each_message(profile, ECHO, connections)?;
            let mut theirs = [[0.0; 2]; 3];
            for (twin, counts) in TWINS.into_iter().zip(&mut theirs) {
                *counts = for_each_message(profile, twin, connections)?;
            }
            for (index, depth) in DEPTHS.into_iter().enumerate() {
                let mut row = vec![
                    format!("{connections}, {depth}"),
                    profile.name().to_owned(),
                    format!("{:.1}", ours[index]),
                ];
                for counts in theirs {
                    let ([ratio, _], _) = judge(ours[index], counts[index], None);
                    row.extend([format!("{:.1}", counts[index]), ratio]);
                }
                table.row(row, true);
            }
        }
    }
    Ok(table)
}

/// For each of the depths, how many instructions a message costs: the difference
/// of two runs, of which the longer has so many rounds more.
fn for_each_message(profile: Profile, program: &str, connections: usize) -> Measured<[f64; 2]> {
    let count = |rounds| {
        instructions(profile, program, &[], |server| {
            drive(server, connections, rounds)
        })
    };
    let fewer = count(None)?;
    let mut counts = [0.0; 2];
    for (depth, instructions) in DEPTHS.into_iter().zip(&mut counts) {
        let rounds = rounds(connections, depth);
        let messages = connections * rounds.depth * rounds.count;
        *instructions = (count(Some(rounds))? - fewer) as f64 / messages as f64;
    }
    Ok(counts)
}
