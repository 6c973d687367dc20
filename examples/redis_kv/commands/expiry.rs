//! How long keys live.

use std::time::{Duration, Instant};

use super::super::error::Error;
use super::super::number::integer;
use super::super::reply::Reply;
use super::super::request::Arguments;
use super::Call;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Milliseconds,
}

impl Unit {
    fn milliseconds(self) -> i64 {
        match self {
            Unit::Seconds => 1000,
            Unit::Milliseconds => 1,
        }
    }
}

/// Redis counts milliseconds from 1970 on, with 64 bits: what would come later is
/// refused. This is what they leave in the year 2096.
const LATEST: i64 = i64::MAX - 4_000_000_000_000;

/// So much later than now; none if that is before.
pub fn deadline(
    time: &[u8],
    unit: Unit,
    now: Instant,
    command: &str,
) -> Result<Option<Instant>, Error> {
    let time = integer(time).ok_or(Error::NOT_AN_INTEGER)?;
    let milliseconds = time.checked_mul(unit.milliseconds());
    let milliseconds = milliseconds.filter(|milliseconds| *milliseconds <= LATEST);
    let milliseconds = milliseconds.ok_or_else(|| Error::expire_time(command))?;
    let Ok(milliseconds) = u64::try_from(milliseconds) else {
        return Ok(None);
    };
    let deadline = now.checked_add(Duration::from_millis(milliseconds));
    deadline
        .map(Some)
        .ok_or_else(|| Error::expire_time(command))
}

/// When a key is to get a deadline.
#[derive(Clone, Copy, Default)]
struct Only {
    without: bool,
    with: bool,
    later: bool,
    earlier: bool,
}

#[derive(Clone, Copy)]
enum Word {
    Without,
    With,
    Later,
    Earlier,
}

const WORDS: [(&str, Word); 4] = [
    ("NX", Word::Without),
    ("XX", Word::With),
    ("GT", Word::Later),
    ("LT", Word::Earlier),
];

impl Only {
    fn parse(mut arguments: Arguments<'_>) -> Result<Only, Error> {
        let mut only = Only::default();
        while arguments.len() > 0 {
            match arguments.option(&WORDS).map_err(Error::option)? {
                Word::Without => only.without = true,
                Word::With => only.with = true,
                Word::Later => only.later = true,
                Word::Earlier => only.earlier = true,
            }
        }
        if only.without && (only.with || only.later || only.earlier) {
            return Err(Error::NX_AND_OTHERS);
        }
        if only.later && only.earlier {
            return Err(Error::GT_AND_LT);
        }
        Ok(only)
    }

    /// A key without a deadline lives for ever: any deadline is earlier.
    fn allows(self, before: Option<Instant>, after: Option<Instant>) -> bool {
        let is_later = before.is_some_and(|before| after.is_some_and(|after| after > before));
        let is_earlier = before.is_none_or(|before| after.is_none_or(|after| after < before));
        let forbids = self.without && before.is_some()
            || self.with && before.is_none()
            || self.later && !is_later
            || self.earlier && !is_earlier;
        !forbids
    }
}

pub fn expire(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    expire_in(call, arguments, Unit::Seconds)
}

pub fn pexpire(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    expire_in(call, arguments, Unit::Milliseconds)
}

fn expire_in(call: &mut Call<'_>, mut arguments: Arguments<'_>, unit: Unit) -> Result<(), Error> {
    let [key, time] = arguments.words();
    let only = Only::parse(arguments)?;
    let after = deadline(time, unit, call.now, call.command.name)?;
    let now = call.now;
    let (mut keys, client) = call.parts();
    let may = match keys.deadline(key) {
        Some(before) => only.allows(before, after),
        None => false,
    };
    if may {
        // What is to have expired before is gone at once.
        keys.expire(key, Some(after.unwrap_or(now)));
    }
    client.integer(i64::from(may));
    Ok(())
}

pub fn persist(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key] = arguments.words();
    let (mut keys, client) = call.parts();
    let has_deadline = keys.deadline(key).flatten().is_some();
    if has_deadline {
        keys.expire(key, None);
    }
    client.integer(i64::from(has_deadline));
    Ok(())
}

pub fn ttl(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key] = arguments.words();
    let left = time_to_live(call, key);
    let seconds = match left {
        0.. => left.saturating_add(500) / 1000,
        none => none,
    };
    call.client.integer(seconds);
    Ok(())
}

pub fn pttl(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key] = arguments.words();
    let left = time_to_live(call, key);
    call.client.integer(left);
    Ok(())
}

/// In milliseconds, rounded up: -1 is for ever, and -2 that there is no such key.
fn time_to_live(call: &mut Call<'_>, key: &[u8]) -> i64 {
    let now = call.now;
    let (mut keys, _) = call.parts();
    match keys.deadline(key) {
        None => -2,
        Some(None) => -1,
        Some(Some(at)) => {
            let left = at.saturating_duration_since(now);
            let milliseconds = left.as_nanos().div_ceil(1_000_000);
            i64::try_from(milliseconds).unwrap_or(i64::MAX)
        }
    }
}
