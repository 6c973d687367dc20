#![deny(warnings)]

use std::net::SocketAddr;

use miocene::net::{TcpListener, TcpStream};
use miocene::{Connection, Family, Lines, Token, handlers};

mod tokens {
    pub const SERVER: miocene::Token = miocene::Token(0);
    pub const CLIENTS: miocene::Tokens = miocene::Tokens::new(1);
}

macro_rules! application {
    (
        $visibility:vis $name:ident, $field:ident: $source:ty, $token:path, $tuple:expr,
        $interest:expr, $method:ident($item:pat => $kind:ty) -> $output:ty $body:block $more:item
    ) => {
        $visibility struct $name {
            $field: $source,
        }

        #[handlers]
        impl $name {
            #[handler(token = $token, interest = $interest, source = $tuple)]
            $visibility fn $method(&mut self, $item: $kind) -> $output $body

            $more
        }
    };
}

application!(
    pub One, listener: (TcpListener,), tokens::SERVER, self.listener.0, READABLE,
    accept((_, _address) => (TcpStream, SocketAddr)) -> miocene::Flow { miocene::Flow::Stop }
    #[inline] fn helper() {}
);

macro_rules! with_token {
    ($token:expr, $meta:meta, $name:ident, $impl:item) => {
        struct $name {
            server: TcpListener,
        }

        #[handlers]
        impl $name {
            #[$meta]
            #[handler(token = $token)]
            fn accept(&mut self, item: (TcpStream, SocketAddr)) {
                let item = item;
                drop(item);
            }
        }

        #[handlers]
        $impl
    };
}

with_token!(tokens::SERVER, doc = "Docs.", Two, impl Three {
    #[handler(token = tokens::SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
});

struct Three {
    server: TcpListener,
}

macro_rules! whole_attribute {
    ($(#[$attribute:meta] $method:item)*) => {
        struct Four {
            server: TcpListener,
        }

        #[handlers]
        impl Four {
            $(#[$attribute] $method)*
        }
    };
}

whole_attribute! {
    #[handler(token = tokens::SERVER)]
    fn accept(&mut self, _: (TcpStream, SocketAddr)) {}
}

macro_rules! family {
    ($name:ident, $member:ty, $tokens:path, $fills:expr, $family:expr) => {
        struct $name {
            server: TcpListener,
            family: Family<$member>,
        }

        #[handlers]
        impl $name {
            #[handler(token = tokens::SERVER, fills = $fills)]
            fn accept(&mut self, _: (TcpStream, SocketAddr)) {}

            #[handler(tokens = $tokens, source = $family)]
            fn line(&mut self, _: &mut $member, _: &str) {}
        }
    };
}

family!(Five, Connection<Lines>, tokens::CLIENTS, tokens::CLIENTS, self.family);
family!(Six, Connection<Lines>, tokens::CLIENTS, [tokens::CLIENTS], self.family);

const SERVER: Token = tokens::SERVER;

fn main() {
    One::helper();
    let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
    let zero = Some(std::time::Duration::ZERO);
    let events = || miocene::EventLoop::new().unwrap();
    let _ = events().turn(&mut One { listener: (bind(),) }, zero).unwrap();
    let _ = events().turn(&mut Two { server: bind() }, zero).unwrap();
    let _ = events().turn(&mut Three { server: bind() }, zero).unwrap();
    let _ = events().turn(&mut Four { server: bind() }, zero).unwrap();
    let family = || Family::new(tokens::CLIENTS);
    let _ = events().turn(&mut Five { server: bind(), family: family() }, zero).unwrap();
    let _ = events().turn(&mut Six { server: bind(), family: family() }, zero).unwrap();
    assert_eq!(SERVER, Token(0));
}
