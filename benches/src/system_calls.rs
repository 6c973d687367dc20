//! System calls of a server, counted by strace.
//!
//! As with the instructions, the difference of two runs of different length.

use crate::load::{Load, Regime};
use crate::measured::{Measured, missing};
use crate::strace::Calls;
use crate::table::Table;

const TITLE: &str = "System calls";

/// Accepts in one drain of a listener: the default of `Config::accepts`.
const BUDGET: u64 = 64;

/// Clients that wait at once: as many as the twin's backlog has room for, which
/// is mio's default.
const WAITING: usize = 128;

/// Measures the guide server with clients one by one, and with many at once.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = missing("strace") {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = ["guide server", "by hand", "generated", "bound"];
    let mut table = Table::new(TITLE, &columns).note(format!(
        "Counted by strace -c. {WAITING} connections wait in the backlog while the server is \
         stopped; beyond the twin's calls, one poll is allowed for each budget of {BUDGET}."
    ));
    let one = |program| counted(program, Regime::One, [20, 120]);
    let many = |program| counted(program, Regime::AtOnce(WAITING), [1, 3]);

    let (by_hand, generated) = (one("guide-counts-by-hand")?, one("guide-counts")?);
    let cells = vec![
        "100 connections, one a turn".to_owned(),
        by_hand.describe(),
        generated.describe(),
        "equal".to_owned(),
    ];
    table.row(cells, by_hand == generated);

    let (by_hand, generated) = (many("guide-counts-by-hand")?, many("guide-counts")?);
    let more = 2 * (WAITING as u64).div_ceil(BUDGET);
    let cells = vec![
        format!("{WAITING} connections at once, twice"),
        by_hand.describe(),
        generated.describe(),
        format!("≤ {more} more"),
    ];
    table.row(cells, generated.total() <= by_hand.total() + more);
    Ok(table)
}

/// What the longer of two runs calls more often than the shorter one.
fn counted(program: &str, regime: Regime, steps: [usize; 2]) -> Measured<Calls> {
    let trace = |steps| {
        Calls::of(program, |server| {
            Load::Connections.drive(server, regime, steps)
        })
    };
    let fewer = trace(steps[0])?;
    Ok(trace(steps[1])?.beyond(&fewer))
}
