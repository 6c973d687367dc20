//! Keys, whatever their values.

use std::rc::Rc;

use super::super::error::Error;
use super::super::keyspace::DATABASES;
use super::super::number::integer;
use super::super::reply::Reply;
use super::super::request::Arguments;
use super::super::session::Client;
use super::Call;

pub fn del(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    let (mut keys, client) = call.parts();
    client.count(arguments.filter(|key| keys.remove(key)).count());
    Ok(())
}

pub fn exists(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    let (mut keys, client) = call.parts();
    client.count(arguments.filter(|key| keys.has(key)).count());
    Ok(())
}

pub fn kind(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key] = arguments.words();
    let (mut keys, client) = call.parts();
    client.status(if keys.has(key) { STRING } else { "none" });
    Ok(())
}

/// The one type of values that there is.
const STRING: &str = "string";

pub fn dbsize(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    let (keys, client) = call.parts();
    client.count(keys.len());
    Ok(())
}

pub fn keys(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [pattern] = arguments.words();
    let (keys, client) = call.parts();
    let found = keys.matching(pattern);
    send_keys(client, &found);
    Ok(())
}

fn send_keys(client: &mut Client, keys: &[Rc<[u8]>]) {
    client.bulks(keys.iter().map(|key| &**key));
}

#[derive(Clone, Copy)]
enum Word {
    Count,
    Match,
    Type,
}

const WORDS: [(&str, Word); 3] = [
    ("COUNT", Word::Count),
    ("MATCH", Word::Match),
    ("TYPE", Word::Type),
];

pub fn scan(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [cursor] = arguments.words();
    // Redis takes nothing for 0.
    let cursor = match cursor {
        b"" => Some(0),
        cursor => std::str::from_utf8(cursor)
            .ok()
            .and_then(|it| it.parse::<u64>().ok()),
    };
    let cursor = cursor.ok_or(Error::CURSOR)?;
    let (mut count, mut pattern, mut is_of_type) = (10, &b"*"[..], true);
    while arguments.len() > 0 {
        let word = arguments.option(&WORDS).map_err(|_| Error::SYNTAX)?;
        let value = arguments.next().ok_or(Error::SYNTAX)?;
        match word {
            Word::Count => {
                count = integer(value).ok_or(Error::NOT_AN_INTEGER)?;
                if count < 1 {
                    return Err(Error::SYNTAX);
                }
            }
            Word::Match => pattern = value,
            Word::Type => is_of_type = value.eq_ignore_ascii_case(STRING.as_bytes()),
        }
    }
    let [cursor, count] =
        [cursor, count.unsigned_abs()].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let (keys, client) = call.parts();
    let (next, mut found) = keys.scan(cursor, count, pattern);
    if !is_of_type {
        found.clear();
    }
    client.array(2);
    client.bulk(next.to_string().as_bytes());
    send_keys(client, &found);
    Ok(())
}

pub fn flushdb(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    check_flush(arguments)?;
    let (mut keys, client) = call.parts();
    keys.clear();
    client.ok();
    Ok(())
}

pub fn flushall(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    check_flush(arguments)?;
    for database in 0..DATABASES {
        call.kv.keyspace.keys(database, call.now).clear();
    }
    call.client.ok();
    Ok(())
}

/// It is done at once, whichever is asked for.
fn check_flush(mut arguments: Arguments<'_>) -> Result<(), Error> {
    match arguments.len() {
        0 => Ok(()),
        1 => arguments
            .option(&[("SYNC", ()), ("ASYNC", ())])
            .map_err(|_| Error::SYNTAX),
        _ => Err(Error::SYNTAX),
    }
}
