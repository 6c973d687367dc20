//! Values.

use super::super::error::Error;
use super::super::keyspace::Expiry;
use super::super::reply::Reply;
use super::super::request::Arguments;
use super::super::resp::LONGEST;
use super::Call;

pub fn get(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key] = arguments.words();
    let (mut keys, client) = call.parts();
    client.bulk_or_nil(keys.get(key));
    Ok(())
}

pub fn strlen(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key] = arguments.words();
    let (mut keys, client) = call.parts();
    client.count(keys.get(key).map_or(0, <[u8]>::len));
    Ok(())
}

pub fn append(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [key, more] = arguments.words();
    let (mut keys, client) = call.parts();
    match keys.get_mut(key) {
        Some(value) if value.len() + more.len() > LONGEST => return Err(Error::TOO_LONG),
        Some(value) => {
            value.extend_from_slice(more);
            client.count(value.len());
        }
        None => {
            keys.set(key, more, Expiry::Never);
            client.count(more.len());
        }
    }
    Ok(())
}

pub fn mget(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    let (mut keys, client) = call.parts();
    client.array(arguments.len());
    for key in arguments {
        client.bulk_or_nil(keys.get(key));
    }
    Ok(())
}

pub fn mset(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    if arguments.len() % 2 != 0 {
        return Err(Error::arguments(&call.command.full_name()));
    }
    let (mut keys, client) = call.parts();
    while arguments.len() > 0 {
        let [key, value] = arguments.words();
        keys.set(key, value, Expiry::Never);
    }
    client.ok();
    Ok(())
}
