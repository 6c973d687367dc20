//! The commands: a table, and how one is called.

mod client;
mod connection;
mod counters;
mod expiry;
mod information;
mod keys;
mod set;
mod strings;
mod table;

use std::time::Instant;

use super::application::RedisKv;
use super::error::Error;
use super::keyspace::Keys;
use super::reply::Reply;
use super::request::{Arguments, Request};
use super::session::Client;

use table::{COMMANDS, UNLISTED};

/// A command that there is.
pub struct Command {
    /// In lower case.
    name: &'static str,
    /// The command that it is a subcommand of, or nothing.
    of: &'static str,
    /// How many words it has, from its name on; at least so many if it is negative.
    arity: isize,
    run: Run,
    writes: bool,
    /// Its first word that is a key, its last (counted from the end if negative),
    /// and how far they are apart.
    keys: [i64; 3],
}

/// A refusal is sent by whoever has called.
type Run = fn(&mut Call<'_>, Arguments<'_>) -> Result<(), Error>;

/// A command that a client has given.
pub struct Call<'a> {
    kv: &'a mut RedisKv,
    client: &'a mut Client,
    now: Instant,
    command: &'static Command,
}

/// Does what a client has asked for, and answers.
#[inline]
pub fn call(kv: &mut RedisKv, client: &mut Client, request: &Request<'_>, now: Instant) {
    let mut arguments = request.arguments();
    // An empty line, or an array of nothing, is no command.
    let Some(name) = arguments.next() else {
        return;
    };
    let result = match find(COMMANDS, name).or_else(|| find(UNLISTED, name)) {
        Some(command) => {
            let mut call = Call {
                kv,
                client,
                now,
                command,
            };
            call.run(arguments)
        }
        None => Err(Error::command(name, arguments)),
    };
    if let Err(error) = result {
        client.error(error);
    }
}

#[inline]
fn find(table: &'static [Command], name: &[u8]) -> Option<&'static Command> {
    let is_it = |command: &&Command| name.eq_ignore_ascii_case(command.name.as_bytes());
    table.iter().find(is_it)
}

impl Command {
    const fn new(name: &'static str, arity: isize, run: Run) -> Command {
        Command {
            name,
            of: "",
            arity,
            run,
            writes: false,
            keys: [0; 3],
        }
    }

    const fn of(self, of: &'static str) -> Command {
        Command { of, ..self }
    }

    const fn writes(self) -> Command {
        Command {
            writes: true,
            ..self
        }
    }

    const fn keys(self, first: i64, last: i64, step: i64) -> Command {
        Command {
            keys: [first, last, step],
            ..self
        }
    }

    /// As `config|get`.
    fn full_name(&self) -> String {
        match self.of {
            "" => self.name.to_owned(),
            of => format!("{of}|{}", self.name),
        }
    }

    fn takes(&self, words: usize) -> bool {
        match usize::try_from(self.arity) {
            Ok(exactly) => words == exactly,
            Err(_) => words >= self.arity.unsigned_abs(),
        }
    }
}

impl Call<'_> {
    /// `arguments` are those behind the name.
    #[inline]
    fn run(&mut self, arguments: Arguments<'_>) -> Result<(), Error> {
        if !self.command.takes(arguments.len() + 1) {
            return Err(Error::arguments(&self.command.full_name()));
        }
        (self.command.run)(self, arguments)
    }

    /// Runs the subcommand that the next word names.
    fn run_subcommand(
        &mut self,
        table: &'static [Command],
        mut arguments: Arguments<'_>,
    ) -> Result<(), Error> {
        let [name] = arguments.words();
        match find(table, name) {
            Some(command) => {
                self.command = command;
                self.run(arguments)
            }
            None => Err(Error::subcommand(self.command.name, name)),
        }
    }

    /// The keys of the client's database, and the client.
    #[inline]
    fn parts(&mut self) -> (Keys<'_>, &mut Client) {
        let database = self.client.state.database;
        (self.kv.keyspace.keys(database, self.now), self.client)
    }
}
