//! An application that connects, as it is told to, and keeps a book of it.

use std::time::Duration;

use miocene::net::{Address, Stream};
use miocene::sim::{App, Queue, Sim, Twin};
use miocene::{
    Bytes, Closed, Config, Connection, Context, Ended, Family, Flow, Token, Tokens, handlers,
};

const COMMANDS: Token = Token(0);
const SERVERS: Tokens = Tokens::new(1);

/// The state is which attempt it is.
pub type Server = Connection<Bytes, usize, Stream>;

/// What a handler is to do; attempts are numbered from 0 on.
pub enum Command {
    /// Connects, and sends something at once.
    Connect(Address, Vec<u8>),
    /// Puts a connection beside those that were made.
    Insert(Stream),
    /// Puts a connection in the place of one.
    Replace(usize, Stream),
    Send(usize, Vec<u8>),
    /// Ends its direction after what was sent.
    Finish(usize),
    Close(usize),
    Abort(usize),
    Leave(usize),
    Pause(usize),
    Resume(usize),
    Stop,
}

/// What is known of one that was to be connected.
pub struct Attempt {
    pub token: Token,
    /// When it was begun, and when it was told to be over.
    pub begun: Duration,
    pub over: Option<Duration>,
    pub opened: bool,
    paused: bool,
    /// What is sent to it now is dropped.
    finished: bool,
    /// It was told not to wait for what is unsent.
    pub aborted: bool,
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
    pub why: Option<Closed>,
}

impl Attempt {
    /// Why it is over, as text.
    pub fn why(&self) -> String {
        self.why
            .as_ref()
            .map_or(String::new(), |why| format!("{why:?}"))
    }

    pub fn has_failed(&self) -> bool {
        matches!(self.why, Some(Closed::Connect(_)))
    }
}

pub struct Caller {
    commands: Twin<Command>,
    pub servers: Family<Server>,
    pub attempts: Vec<Attempt>,
    /// Where to connect to again when one is over.
    pub again: Option<Address>,
    begin: std::time::Instant,
}

#[handlers]
impl Caller {
    #[handler(token = COMMANDS)]
    fn command(&mut self, cx: &mut Context<'_>, command: Command) -> Flow {
        match command {
            Command::Connect(to, bytes) => {
                let now = self.now(cx);
                let number = self.connect(now, to);
                self.send(number, &bytes);
            }
            Command::Insert(stream) => {
                let number = self.attempts.len();
                let token = self.servers.insert(Connection::with_state(stream, number));
                let now = self.now(cx);
                self.note(now, token);
            }
            Command::Replace(number, stream) => {
                let token = self.attempts[number].token;
                let server = self.servers.get_mut(token).expect("a member");
                *server = Connection::with_state(stream, number);
            }
            Command::Send(number, bytes) => self.send(number, &bytes),
            Command::Finish(number) => {
                let attempt = &mut self.attempts[number];
                attempt.finished = true;
                if let Some(server) = self.servers.get_mut(attempt.token) {
                    server.finish();
                }
            }
            Command::Close(number) => _ = self.servers.close(self.attempts[number].token),
            Command::Abort(number) => {
                let attempt = &mut self.attempts[number];
                attempt.aborted |= self.servers.abort(attempt.token);
            }
            Command::Leave(number) => _ = self.servers.leave(self.attempts[number].token),
            Command::Pause(number) => {
                let attempt = &mut self.attempts[number];
                attempt.paused = self.servers.pause(attempt.token);
            }
            Command::Resume(number) => {
                let attempt = &mut self.attempts[number];
                attempt.paused = false;
                self.servers.resume(attempt.token);
            }
            Command::Stop => return Flow::Stop,
        }
        Flow::Continue
    }

    #[opened(tokens = SERVERS)]
    fn opened(&mut self, server: &mut Server) {
        let peer = server.peer_addr().expect("a peer, if it is connected");
        let own = server.stream().local_addr().expect("an address");
        if let (Address::Tcp(peer), Address::Tcp(own)) = (peer, own) {
            assert_ne!(peer, own, "it is connected to itself");
        }
        let attempt = &mut self.attempts[server.state];
        assert!(!attempt.opened, "it was opened before");
        assert!(attempt.why.is_none(), "it was closed before");
        attempt.opened = true;
    }

    #[handler(tokens = SERVERS)]
    fn bytes(&mut self, server: &mut Server, bytes: &[u8]) {
        let attempt = &mut self.attempts[server.state];
        assert!(attempt.opened, "an item before it was opened");
        assert!(attempt.why.is_none(), "an item after it was closed");
        assert!(!attempt.paused, "an item though it is paused");
        attempt.received.extend(bytes);
    }

    #[ended(tokens = SERVERS)]
    fn ended(&mut self, server: &mut Server, _: Ended) -> Flow {
        assert!(
            self.attempts[server.state].opened,
            "an end before it was opened"
        );
        Flow::Close
    }

    #[closed(tokens = SERVERS)]
    fn gone(&mut self, cx: &mut Context<'_>, server: Server, why: Closed) {
        let now = self.now(cx);
        let attempt = &mut self.attempts[server.state];
        assert!(attempt.why.is_none(), "it was closed before");
        let failed = matches!(why, Closed::Connect(_));
        assert!(!failed || !attempt.opened, "it was connected: {why:?}");
        (attempt.why, attempt.over) = (Some(why), Some(now));
        if let Some(to) = self.again.clone() {
            self.connect(now, to);
        }
    }
}

impl Caller {
    fn now(&self, cx: &mut Context<'_>) -> Duration {
        cx.now() - self.begin
    }

    pub fn connect(&mut self, now: Duration, to: Address) -> usize {
        let number = self.attempts.len();
        let token = self.servers.connect(to, number);
        self.note(now, token);
        number
    }

    fn note(&mut self, begun: Duration, token: Token) {
        self.attempts.push(Attempt {
            token,
            begun,
            over: None,
            opened: false,
            paused: false,
            finished: false,
            aborted: false,
            sent: Vec::new(),
            received: Vec::new(),
            why: None,
        });
    }

    fn send(&mut self, number: usize, bytes: &[u8]) {
        let attempt = &mut self.attempts[number];
        if let Some(server) = self.servers.get_mut(attempt.token) {
            server.out.send(bytes);
            if !attempt.finished {
                attempt.sent.extend(bytes);
            }
        }
    }

    pub fn failed_count(&self) -> usize {
        let failed = |attempt: &&Attempt| attempt.has_failed();
        self.attempts.iter().filter(failed).count()
    }

    pub fn opened_count(&self) -> usize {
        self.attempts
            .iter()
            .filter(|attempt| attempt.opened)
            .count()
    }
}

/// A caller, and who tells it what to do.
pub struct Line {
    pub app: App<Caller>,
    pub commands: Queue<Command>,
}

pub fn start(sim: &Sim) -> Line {
    start_with(sim, Config::default(), |servers| servers)
}

pub fn start_with(
    sim: &Sim,
    config: Config,
    limits: impl Fn(Family<Server>) -> Family<Server>,
) -> Line {
    let (queue, commands) = sim.twin();
    let app = sim.start_with(
        config,
        Caller {
            commands,
            servers: limits(Family::new(SERVERS)),
            attempts: Vec::new(),
            again: None,
            begin: sim.now(),
        },
    );
    Line {
        app,
        commands: queue,
    }
}

impl Line {
    pub fn tell(&self, command: Command) {
        self.commands.push(command);
    }

    pub fn connect(&self, to: &str) {
        self.tell(Command::Connect(address(to), Vec::new()));
    }

    /// What is known of an attempt.
    pub fn of<T>(&self, number: usize, looks: impl FnOnce(&Attempt) -> T) -> T {
        self.app.with(|caller| looks(&caller.attempts[number]))
    }

    pub fn opened(&self, number: usize) -> bool {
        self.of(number, |attempt| attempt.opened)
    }

    pub fn why(&self, number: usize) -> String {
        self.of(number, Attempt::why)
    }

    pub fn are_all_over(&self) -> bool {
        let is_over = |attempt: &Attempt| attempt.why.is_some();
        self.app.with(|caller| caller.attempts.iter().all(is_over))
    }
}

/// Of a port, or a path.
pub fn address(text: &str) -> Address {
    match text.starts_with('/') {
        true => {
            let path = std::os::unix::net::SocketAddr::from_pathname(text);
            path.expect("a path").into()
        }
        false => text
            .parse::<std::net::SocketAddr>()
            .expect("an address")
            .into(),
    }
}
