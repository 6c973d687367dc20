use std::any::type_name;

use crate::Handlers;
use crate::table::Entry;

/// Which application a loop drives, as far as a loop can know it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Driven {
    pub(crate) name: &'static str,
    /// Two types may have the same name, if each is local to a block.
    table: &'static [Entry],
}

impl Driven {
    pub(crate) fn by<A: Handlers>() -> Driven {
        Driven {
            name: type_name::<A>(),
            table: A::TABLE,
        }
    }

    pub(crate) fn is<A: Handlers>(driven: Option<Driven>) -> bool {
        driven.is_some_and(|driven| {
            let tokens = driven.table.iter().map(|row| (row.token, row.tokens));
            driven.name == type_name::<A>()
                && tokens.eq(A::TABLE.iter().map(|row| (row.token, row.tokens)))
        })
    }
}
