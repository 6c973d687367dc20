//! Values that are numbers.

use super::super::error::Error;
use super::super::keyspace::Expiry;
use super::super::number::{Line, integer};
use super::super::request::Arguments;
use super::Call;

pub fn incr(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key] = arguments.words();
    add(call, key, 1)
}

pub fn decr(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key] = arguments.words();
    add(call, key, -1)
}

pub fn incrby(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key, by] = arguments.words();
    let by = integer(by).ok_or(Error::NOT_AN_INTEGER)?;
    add(call, key, by)
}

pub fn decrby(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key, by] = arguments.words();
    let by = integer(by).ok_or(Error::NOT_AN_INTEGER)?;
    let by = by.checked_neg().ok_or(Error::DECREMENT_OVERFLOWS)?;
    add(call, key, by)
}

fn add(call: &mut Call<'_>, key: &[u8], by: i64) -> Result<(), Error> {
    let (mut keys, client) = call.parts();
    let answer = match keys.get_mut(key) {
        Some(value) => {
            let before = integer(value).ok_or(Error::NOT_AN_INTEGER)?;
            let sum = before.checked_add(by).ok_or(Error::WOULD_OVERFLOW)?;
            let answer = Line::new(b':', sum);
            value.clear();
            value.extend_from_slice(answer.digits());
            answer
        }
        None => {
            let answer = Line::new(b':', by);
            keys.set(key, answer.digits(), Expiry::Never);
            answer
        }
    };
    client.out.send(answer.as_bytes());
    Ok(())
}
