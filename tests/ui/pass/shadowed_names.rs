#![allow(dead_code, unused_macros, non_upper_case_globals, non_snake_case, non_camel_case_types)]

pub struct Token;
pub struct Context;
pub struct Input;
pub struct Readiness;
pub struct Handlers;
pub struct Entry;
pub struct Flow;
pub struct Drain;
pub struct Tokens;
pub struct Family;
pub struct Hooks;
pub struct Visitor;
pub struct Kind;
pub struct Closed;
pub type bool = ();
pub type Result = ();
pub type Option = ();
pub fn Ok() {}
pub fn Err() {}
pub fn Some() {}
pub const None: u8 = 0;
pub mod core {}
pub mod std {}
pub mod miocene {}
pub mod mio {}
macro_rules! file { () => { compile_error!("the user's own") }; }
macro_rules! line { () => { compile_error!("the user's own") }; }
macro_rules! panic { () => { compile_error!("the user's own") }; }

pub const app: u8 = 0;
pub const cx: u8 = 0;
pub const item: u8 = 0;
pub const input: u8 = 0;
pub const token: u8 = 0;
pub const ready: u8 = 0;
pub const readiness: u8 = 0;
pub const why: u8 = 0;
pub const member: u8 = 0;
pub const hooks: u8 = 0;
pub const family: u8 = 0;
pub const visitor: u8 = 0;
pub const room: u8 = 0;
pub const failure: u8 = 0;
pub static source: u8 = 0;
pub static outcome: u8 = 0;
pub const TABLE: u8 = 0;

const SERVER: ::miocene::Token = ::miocene::Token(0);
const SOCKET: ::miocene::Token = ::miocene::Token(1);
const CLIENTS: ::miocene::Tokens = ::miocene::Tokens::new(1);

struct App {
    server: ::miocene::net::TcpListener,
    socket: ::miocene::mio::net::UdpSocket,
    clients: ::miocene::Family<Client>,
}

type Client = ::miocene::Connection<::miocene::Lines>;

#[::miocene::handlers]
impl App {
    #[handler(token = SERVER, fills = CLIENTS)]
    fn accept(&mut self, _: (::miocene::net::TcpStream, ::std::net::SocketAddr)) {}

    #[handler(token = SOCKET, interest = READABLE | WRITABLE, raw)]
    fn socket(&mut self, _: &mut ::miocene::Readiness) {}

    #[ended(token = SERVER)]
    fn gone(&mut self, _: ::miocene::Ended) {}

    #[handler(tokens = CLIENTS)]
    fn line(&mut self, _: &mut Client, _: &str) {}

    #[handler(tokens = CLIENTS, interest = WRITABLE)]
    #[opened(tokens = CLIENTS)]
    fn client(&mut self, _: &mut Client) {}

    #[ended(tokens = CLIENTS)]
    fn over(&mut self, _: &mut Client, _: ::miocene::Ended) {}

    #[closed(tokens = CLIENTS)]
    fn left(&mut self, _: Client, _: ::miocene::Closed) {}

    #[failed]
    fn log(&mut self, _: ::miocene::Failure<'_>) {}
}

fn main() {
    let _ = ::miocene::table::<App>();
}
