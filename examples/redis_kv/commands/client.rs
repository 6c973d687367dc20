//! CLIENT: what a client says of itself, and may know of others.

use super::super::error::Error;
use super::super::information;
use super::super::reply::Reply;
use super::super::request::Arguments;
use super::{Call, Command};

static SUBCOMMANDS: &[Command] = &[
    Command::new("getname", 1, get_name).of("client"),
    Command::new("id", 1, id).of("client"),
    Command::new("info", 1, info).of("client"),
    Command::new("list", 1, list).of("client"),
    Command::new("no-evict", 2, no_evict).of("client"),
    Command::new("setinfo", 3, set_info).of("client"),
    Command::new("setname", 2, set_name).of("client"),
];

pub fn client(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    call.run_subcommand(SUBCOMMANDS, arguments)
}

/// It must not break a line of CLIENT LIST.
pub fn check_name(name: &[u8]) -> Result<(), Error> {
    match name.iter().all(|byte| (b'!'..=b'~').contains(byte)) {
        true => Ok(()),
        false => Err(Error::NAME),
    }
}

fn get_name(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    let name = call.client.state.name.clone();
    call.client
        .bulk_or_nil(Some(&*name).filter(|name| !name.is_empty()));
    Ok(())
}

fn set_name(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [name] = arguments.words();
    check_name(name)?;
    call.client.state.name = name.to_vec();
    call.client.ok();
    Ok(())
}

fn set_info(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    #[derive(Clone, Copy)]
    enum Word {
        Name,
        Version,
    }

    let word = arguments
        .option(&[("LIB-NAME", Word::Name), ("LIB-VER", Word::Version)])
        .map_err(|word| Error::quoting("ERR Unrecognized option '", word, "'"))?;
    let [value] = arguments.words();
    check_name(value)?;
    match word {
        Word::Name => call.client.state.library = value.to_vec(),
        Word::Version => call.client.state.library_version = value.to_vec(),
    }
    call.client.ok();
    Ok(())
}

fn id(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    let id = call.client.state.id;
    call.client.integer(id);
    Ok(())
}

/// No key is ever evicted, so no client is, either.
fn no_evict(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let switch = arguments.option(&[("ON", ()), ("OFF", ())]);
    switch.map_err(|_| Error::SYNTAX)?;
    call.client.ok();
    Ok(())
}

fn info(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    let line = information::of_client(call.client, call.now);
    call.client.bulk(&line);
    Ok(())
}

fn list(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    let mut lines = information::of_client(call.client, call.now);
    for other in call.kv.clients.iter() {
        lines.extend(information::of_client(other, call.now));
    }
    call.client.bulk(&lines);
    Ok(())
}
