//! What the server says of itself.

use super::super::error::Error;
use super::super::glob;
use super::super::information;
use super::super::reply::Reply;
use super::super::request::Arguments;
use super::super::session::Client;
use super::{COMMANDS, Call, Command, find};

static CONFIG: &[Command] = &[Command::new("get", -2, config_get).of("config")];

static COMMAND: &[Command] = &[
    Command::new("count", 1, command_count).of("command"),
    Command::new("docs", -1, command_docs).of("command"),
    Command::new("info", -1, command_info).of("command"),
    Command::new("list", 1, command_list).of("command"),
];

pub fn info(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    let text = information::sections(call.kv, call.now, arguments);
    call.client.bulk(text.as_bytes());
    Ok(())
}

pub fn config(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    call.run_subcommand(CONFIG, arguments)
}

fn config_get(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    let mut found = Vec::new();
    for (name, value) in information::settings(call.kv) {
        let is_asked = |asked: &&[u8]| glob::matches(&asked.to_ascii_lowercase(), name.as_bytes());
        let Some(asked) = arguments.clone().find(is_asked) else {
            continue;
        };
        // A name is repeated as it was asked for.
        let is_name = asked.eq_ignore_ascii_case(name.as_bytes());
        found.push(if is_name { asked.to_vec() } else { name.into() });
        found.push(value.into_bytes());
    }
    call.client.bulks(found.iter().map(Vec::as_slice));
    Ok(())
}

pub fn command(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    if arguments.len() > 0 {
        return call.run_subcommand(COMMAND, arguments);
    }
    call.client.array(COMMANDS.len());
    COMMANDS
        .iter()
        .for_each(|command| describe(call.client, command));
    Ok(())
}

fn command_count(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    call.client.count(COMMANDS.len());
    Ok(())
}

fn command_list(call: &mut Call<'_>, _arguments: Arguments<'_>) -> Result<(), Error> {
    call.client
        .bulks(COMMANDS.iter().map(|command| command.name.as_bytes()));
    Ok(())
}

fn command_info(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    if arguments.len() == 0 {
        return command(call, arguments);
    }
    call.client.array(arguments.len());
    for name in arguments {
        match find(COMMANDS, name) {
            Some(command) => describe(call.client, command),
            None => call.client.out.send(b"*-1\r\n"),
        }
    }
    Ok(())
}

/// Its name, its arity, its flags, and where its keys are.
fn describe(client: &mut Client, command: &Command) {
    client.array(6);
    client.bulk(command.name.as_bytes());
    client.integer(command.arity as i64);
    client.array(1);
    client.status(if command.writes { "write" } else { "readonly" });
    command.keys.iter().for_each(|place| client.integer(*place));
}

/// There are names, and nothing is said of them.
fn command_docs(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<(), Error> {
    let names: Vec<&str> = match arguments.len() {
        0 => COMMANDS.iter().map(|command| command.name).collect(),
        _ => arguments
            .filter_map(|name| Some(find(COMMANDS, name)?.name))
            .collect(),
    };
    call.client.array(2 * names.len());
    for name in names {
        call.client.bulk(name.as_bytes());
        call.client.array(0);
    }
    Ok(())
}
