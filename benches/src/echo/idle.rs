//! What idle connections cost those that are not.

use super::clients::Clients;
use super::memory::descriptors;
use super::{ECHO, rounds};
use crate::callgrind::instructions;
use crate::cargo::Profile;
use crate::measured::{Measured, missing};
use crate::table::{Table, judge};

const TITLE: &str = "Echo: 50 connections among 10,000 that are idle";

const ACTIVE: usize = 50;
const IDLE: usize = 10_000;

/// How many times what 50 alone cost.
const BOUND: f64 = 1.02;

/// Measures 50 alone, and among the others.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = missing("valgrind").or_else(|| descriptors(ACTIVE + IDLE)) {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = [
        "instructions for each message",
        "alone",
        "among idle ones",
        "ratio",
        "bound",
    ];
    let mut table = Table::new(TITLE, &columns).note(
        "Profile lto, depth 1, counted as above. The deadlines are long in both, so that no \
         sweep over the members, which is one for each sixteenth of them, falls into the few \
         messages that are counted.",
    );
    let (alone, among) = (for_each_message(0)?, for_each_message(IDLE)?);
    let (judged, allowed) = judge(among, alone, Some(BOUND));
    let mut row = vec![
        "no state, handler inlined".to_owned(),
        format!("{alone:.1}"),
        format!("{among:.1}"),
    ];
    row.extend(judged);
    table.row(row, allowed);
    Ok(table)
}

/// The active ones are evenly spread over the others.
fn for_each_message(idle: usize) -> Measured<f64> {
    let rounds = rounds(ACTIVE, 1);
    let count = |more: usize| {
        instructions(Profile::Lto, ECHO, &["many"], |server| {
            let mut clients = Clients::connect(server, ACTIVE + idle)?;
            clients.round(server, 1)?;
            for _ in 0..more {
                clients.round_of(server, (ACTIVE + idle) / ACTIVE, 1)?;
            }
            Ok(clients)
        })
    };
    let more = count(2 + rounds.count)? - count(2)?;
    Ok(more as f64 / (ACTIVE * rounds.count) as f64)
}
