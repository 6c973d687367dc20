//! Small servers with short limits, which the checks are also made on. They are
//! this test program itself, started again.

use std::io::{Write, stdout};
use std::net::SocketAddr;
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, fmt};

use miocene::net::{TcpListener, TcpStream};
use miocene::{Connection, Ended, EventLoop, Family, Flow, Lines, Token, Tokens, handlers};
use miocene_tests::program::Program;
use miocene_tests::server::Server;
use miocene_tests::trouble::Attacked;

/// The argument that makes a server of this program.
pub const SERVE: &str = "--serve";

/// How long a message may take, and a client be idle, where that is short.
pub const SHORT: Duration = Duration::from_secs(1);

/// How many clients there may be where they are few.
pub const FEW: usize = 100;

/// Starts one of the servers that [`serve`] knows.
pub fn start(kind: &'static str) -> Attacked<Server> {
    let program = Program {
        name: kind,
        path: env::current_exe()?,
        survives_stop: true,
    };
    let mut command = Command::new(&program.path);
    command.args([SERVE, kind]);
    Server::start_by(command, &program)
}

/// Is the server that the arguments name: `KIND ADDRESS`.
pub fn serve(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let kind = arguments.next().unwrap_or_default();
    let address = arguments.next().unwrap_or_default();
    let clients = Family::new(CLIENTS);
    let result = match kind.as_str() {
        "short" => {
            let linger = Duration::from_millis(500);
            let clients = clients.message(SHORT).idle(SHORT).linger(linger, 64 * 1024);
            one_listener(&address, clients)
        }
        "patient" => one_listener(
            &address,
            clients.linger(Duration::from_secs(30), usize::MAX),
        ),
        "few" => one_listener(&address, clients.cap(FEW)),
        "turns" => two_listeners(&address, clients.cap(1)),
        "turns of a family" => family_of_two(&address, clients.cap(1)),
        _ => {
            eprintln!("there is no server of the kind {kind}");
            return ExitCode::FAILURE;
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Standard output may have been closed; nobody's server ends for that.
fn say(text: impl fmt::Display) {
    let _ = writeln!(stdout(), "{text}");
}

fn bind(address: &str) -> miocene::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    say(format_args!("listening on {}", listener.local_addr()?));
    Ok(listener)
}

const FIRST: Token = Token(0);
const SECOND: Token = Token(1);
const CLIENTS: Tokens = Tokens::new(1);
const LISTENERS: Tokens = Tokens::new(2);

/// Its state is the number of its listener.
type Client = Connection<Lines, u8>;
type Accepted = (TcpStream, SocketAddr);

fn one_listener(address: &str, clients: Family<Client>) -> miocene::Result<()> {
    let first = bind(address)?;
    EventLoop::new()?.run(&mut One { first, clients })
}

struct One {
    first: TcpListener,
    clients: Family<Client>,
}

#[handlers]
impl One {
    #[handler(token = FIRST, fills = CLIENTS)]
    fn accept(&mut self, (stream, _): Accepted) {
        self.clients.insert(Connection::new(stream));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Client, line: &str) {
        writeln!(client.out, "{line}");
    }

    #[ended(tokens = CLIENTS)]
    fn ended(&mut self, client: &mut Client, why: Ended) -> Flow {
        if !matches!(why, Ended::Eof | Ended::Io(_)) {
            say(format_args!("ended: {why}"));
            writeln!(client.out, "goodbye: {why}");
        }
        Flow::Close
    }
}

fn two_listeners(address: &str, clients: Family<Client>) -> miocene::Result<()> {
    let (first, second) = (bind(address)?, bind(address)?);
    EventLoop::new()?.run(&mut Two {
        first,
        second,
        clients,
    })
}

struct Two {
    first: TcpListener,
    second: TcpListener,
    clients: Family<Client>,
}

#[handlers]
impl Two {
    #[handler(token = FIRST, fills = CLIENTS)]
    fn accept_first(&mut self, (stream, _): Accepted) {
        self.clients.insert(Connection::with_state(stream, 0));
    }

    #[handler(token = SECOND, fills = CLIENTS)]
    fn accept_second(&mut self, (stream, _): Accepted) {
        self.clients.insert(Connection::with_state(stream, 1));
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Client, line: &str) {
        writeln!(client.out, "{}: {line}", client.state);
    }
}

fn family_of_two(address: &str, clients: Family<Client>) -> miocene::Result<()> {
    let mut listeners = Family::new(LISTENERS);
    for _ in 0..2 {
        listeners.insert(bind(address)?);
    }
    let (first, clients) = (None, clients);
    EventLoop::new()?.run(&mut FamilyOfTwo {
        first,
        listeners,
        clients,
    })
}

struct FamilyOfTwo {
    /// The port of the first listener that had a client.
    first: Option<u16>,
    listeners: Family<TcpListener>,
    clients: Family<Client>,
}

#[handlers]
impl FamilyOfTwo {
    #[handler(tokens = LISTENERS, fills = CLIENTS)]
    fn accept(&mut self, listener: &mut TcpListener, (stream, _): Accepted) -> std::io::Result<()> {
        let port = listener.local_addr()?.port();
        let number = u8::from(*self.first.get_or_insert(port) != port);
        self.clients.insert(Connection::with_state(stream, number));
        Ok(())
    }

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, client: &mut Client, line: &str) {
        writeln!(client.out, "{}: {line}", client.state);
    }
}
