//! SET and its options.

use std::time::Instant;

use super::super::error::Error;
use super::super::keyspace::Expiry;
use super::super::reply::Reply;
use super::super::request::Arguments;
use super::Call;
use super::expiry::{Unit, deadline};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    In(Unit),
    KeepTtl,
    Only(Only),
    Get,
}

/// A condition.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    IfThere,
    IfNotThere,
}

const WORDS: [(&str, Word); 6] = [
    ("EX", Word::In(Unit::Seconds)),
    ("PX", Word::In(Unit::Milliseconds)),
    ("NX", Word::Only(Only::IfNotThere)),
    ("XX", Word::Only(Only::IfThere)),
    ("GET", Word::Get),
    ("KEEPTTL", Word::KeepTtl),
];

/// What comes behind the value.
#[derive(Default)]
struct Options<'a> {
    expires: Option<(Unit, &'a [u8])>,
    keeps: bool,
    only: Option<Only>,
    gets: bool,
}

impl<'a> Options<'a> {
    fn parse(mut arguments: Arguments<'a>) -> Result<Options<'a>, Error> {
        let mut options = Options::default();
        while arguments.len() > 0 {
            let word = arguments.option(&WORDS).map_err(|_| Error::SYNTAX)?;
            match word {
                Word::In(unit) => {
                    let is_other = options.expires.is_some_and(|(other, _)| other != unit);
                    let time = arguments.next().filter(|_| !is_other && !options.keeps);
                    options.expires = Some((unit, time.ok_or(Error::SYNTAX)?));
                }
                Word::KeepTtl if options.expires.is_none() => options.keeps = true,
                Word::Only(only) if options.only.is_none_or(|other| other == only) => {
                    options.only = Some(only);
                }
                Word::Get => options.gets = true,
                _ => return Err(Error::SYNTAX),
            }
        }
        Ok(options)
    }

    fn expiry(&self, now: Instant) -> Result<Expiry, Error> {
        match self.expires {
            Some((unit, time)) => {
                let at = deadline(time, unit, now, "set")?;
                let at = at.filter(|at| *at > now);
                Ok(Expiry::At(at.ok_or_else(|| Error::expire_time("set"))?))
            }
            None if self.keeps => Ok(Expiry::Keep),
            None => Ok(Expiry::Never),
        }
    }
}

pub fn set(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key, value] = arguments.words();
    if arguments.len() == 0 {
        let (mut keys, client) = call.parts();
        keys.set(key, value, Expiry::Never);
        client.ok();
        return Ok(());
    }
    let options = Options::parse(arguments)?;
    let expiry = options.expiry(call.now)?;
    let (mut keys, client) = call.parts();
    let before = keys.get(key);
    let may = match options.only {
        None => true,
        Some(Only::IfThere) => before.is_some(),
        Some(Only::IfNotThere) => before.is_none(),
    };
    match (options.gets, may) {
        (true, _) => client.bulk_or_nil(before),
        (false, true) => client.ok(),
        (false, false) => client.nil(),
    }
    if may {
        keys.set(key, value, expiry);
    }
    Ok(())
}
