//! The client's own connection.

use super::super::error::Error;
use super::super::information::VERSION;
use super::super::keyspace::DATABASES;
use super::super::number::integer;
use super::super::reply::Reply;
use super::super::request::Arguments;
use super::Call;
use super::client::check_name;

pub fn ping(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    match arguments.len() {
        0 => call.client.out.send(b"+PONG\r\n"),
        1 => call.client.bulk_or_nil(arguments.next()),
        _ => return Err(Error::arguments(&call.command.full_name())),
    }
    Ok(())
}

pub fn echo(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [message] = arguments.words();
    call.client.bulk(message);
    Ok(())
}

pub fn select(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    let [number] = arguments.words();
    let number = integer(number).ok_or(Error::NOT_AN_INTEGER)?;
    let number = usize::try_from(number).ok();
    let number = number.filter(|number| *number < DATABASES);
    call.client.state.database = number.ok_or(Error::NO_DATABASE)?;
    call.client.ok();
    Ok(())
}

pub fn quit(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    call.client.ok();
    call.close();
    Ok(())
}

/// Whoever sends this does not speak our protocol, and may not know that it is us.
pub fn hang_up(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    call.close();
    Ok(())
}

/// Says what the server is. Of the two protocols there is the older one.
pub fn hello(call: &mut Call<'_>, mut arguments: Arguments<'_>) -> Result<(), Error> {
    if let Some(version) = arguments.next() {
        match integer(version) {
            None => return Err(Error::VERSION_NO_INTEGER),
            Some(2) => {}
            Some(_) => return Err(Error::VERSION),
        }
    }
    while let Some(option) = arguments.next() {
        match arguments.next() {
            Some(name) if option.eq_ignore_ascii_case(b"SETNAME") => {
                check_name(name)?;
                call.client.state.name = name.to_vec();
            }
            _ => {
                let error = Error::quoting("ERR Syntax error in HELLO option '", option, "'");
                return Err(error);
            }
        }
    }
    let id = call.client.state.id;
    let client = &mut *call.client;
    client.array(14);
    for (name, value) in [("server", "redis"), ("version", VERSION)] {
        client.bulk(name.as_bytes());
        client.bulk(value.as_bytes());
    }
    for (name, number) in [("proto", 2), ("id", id)] {
        client.bulk(name.as_bytes());
        client.integer(number);
    }
    for (name, value) in [("mode", "standalone"), ("role", "master")] {
        client.bulk(name.as_bytes());
        client.bulk(value.as_bytes());
    }
    client.bulk(b"modules");
    client.array(0);
    Ok(())
}

impl Call<'_> {
    /// Closes the connection behind what was answered.
    fn close(&mut self) {
        if let Some(token) = self.client.token() {
            self.kv.clients.close(token);
        }
    }
}
