//! System calls for each message.

use super::{BY_HAND, DEPTHS, ECHO, drive, rounds};
use crate::measured::{Measured, missing};
use crate::strace::Calls;
use crate::table::Table;

const TITLE: &str = "Echo: system calls for each message";

/// Ours beside what is written by hand.
pub(crate) fn table() -> Measured<Table> {
    if let Some(why) = missing("strace") {
        return Ok(Table::not_run(TITLE, &why));
    }
    let columns = ["connections, depth", "by hand", "generated", "bound"];
    let mut table = Table::new(TITLE, &columns).note(
        "Counted by strace -c, as the difference of two run lengths. With 50 connections two polls \
         are shared by all of them, the second of which is the one that the stop interrupts.",
    );
    for connections in [1, 50] {
        for depth in DEPTHS {
            let messages = connections * depth * rounds(connections, depth).count;
            let by_hand = counted(BY_HAND, connections, depth)?;
            let generated = counted(ECHO, connections, depth)?;
            let row = vec![
                format!("{connections}, {depth}"),
                by_hand.describe_each(messages),
                generated.describe_each(messages),
                "equal".to_owned(),
            ];
            table.row(row, by_hand == generated);
        }
    }
    Ok(table)
}

fn counted(program: &str, connections: usize, depth: usize) -> Measured<Calls> {
    let run = |rounds| Calls::of(program, |server| drive(server, connections, rounds));
    let fewer = run(None)?;
    Ok(run(Some(rounds(connections, depth)))?.beyond(&fewer))
}
