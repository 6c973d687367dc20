//! Tests of the whole pipeline on token streams. What rustc makes of the output
//! is tested in `tests/ui`.

mod garbage;
mod mistakes;
mod printer;

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;

use crate::handlers::expand;
use printer::print;

fn tokens(source: &str) -> TokenStream {
    source.parse().expect("the source should be made of tokens")
}

fn expanded(block: &str) -> TokenStream {
    expand(TokenStream::new(), tokens(block))
}

/// Compares with a file, which `UPDATE_SNAPSHOTS=1 cargo test` writes anew.
fn assert_snapshot(name: &str, block: &str) {
    let printed = print(expanded(block));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/snapshots/{name}.rs"));
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, printed).expect("the snapshot should be writable");
        return;
    }
    let expected = fs::read_to_string(&path).expect("there should be a snapshot");
    assert_eq!(
        printed, expected,
        "{name} has changed; see it with UPDATE_SNAPSHOTS=1 and git diff"
    );
}

/// The block comes first, and is what it is without our attributes.
fn assert_unchanged(with: &str, without: &str) {
    let expected = print(tokens(without));
    let output = print(expanded(with));
    assert!(
        output.starts_with(&expected),
        "{output}\ndoes not start with\n{expected}"
    );
}

#[test]
fn guide() {
    assert_snapshot(
        "guide",
        "impl Guide {
            #[handler(token = SERVER, interest = READABLE)]
            fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) {
                println!(\"Got a connection from: {address}\");
            }
        }",
    );
}

#[test]
fn every_kind_of_handler() {
    assert_snapshot(
        "every_kind",
        "impl<'a, T: Tail> App<'a, T> where T: Send {
            #[handler(token = tokens::PEER)]
            #[handler(token = Self::OTHER, source = self.others.0)]
            fn line(&mut self, cx: &mut Context<'_>, line: &str) -> Result<Flow, T::Error> {}

            #[deprecated]
            #[cfg(unix)]
            #[handler(token = tokens::PEER, interest = WRITABLE)]
            fn room(&mut self) {}

            #[handler(token = TYPE, interest = Interest::READABLE | mio::Interest::WRITABLE, raw)]
            fn raw(&self, ready: &mut Readiness) -> ! {}

            #[ended(token = tokens::PEER)]
            fn gone(&mut self, why: Ended) {}

            #[failed]
            fn log(&mut self, failure: Failure<'_>) {}
        }",
    );
}

#[test]
fn families() {
    assert_snapshot(
        "families",
        "impl<T: Tail> App<T> {
            #[handler(token = SERVER, fills = [CLIENTS, Self::UPSTREAMS])]
            fn accept(&mut self, (stream, _): (TcpStream, SocketAddr)) {}

            #[handler(tokens = CLIENTS)]
            fn line(&mut self, client: &mut Connection<Lines, Guest>, line: &str) -> Flow {}

            #[cfg(unix)]
            #[handler(tokens = CLIENTS, interest = WRITABLE)]
            fn room(&mut self, cx: &mut Context<'_>, client: &mut Connection<Lines, Guest>) {}

            #[opened(tokens = CLIENTS)]
            #[opened(tokens = Self::UPSTREAMS)]
            fn hello(&mut self, _: &mut Connection<Lines, Guest>) {}

            #[ended(tokens = CLIENTS)]
            fn last_words(&mut self, client: &mut Connection<Lines, Guest>, why: Ended) {}

            #[closed(tokens = CLIENTS)]
            fn gone(&mut self, cx: &mut Context<'_>, client: Connection<Lines, Guest>, why: Closed) {}

            #[cfg(unix)]
            #[handler(tokens = peers::PEERS, interest = READABLE | WRITABLE, raw, source = self.all.peers)]
            fn peer(&self, peer: &mut Peer, ready: &mut Readiness) {}

            #[handler(tokens = LISTENERS, fills = peers::PEERS)]
            fn also(&mut self, listener: &mut TcpListener, (stream, _): (TcpStream, SocketAddr)) {}
        }",
    );
}

#[test]
fn half_typed_body() {
    assert_snapshot(
        "half_typed_body",
        "impl Guide {
            #[handler(token = SERVER)]
            fn accept(&mut self, (_connection, address): (TcpStream, SocketAddr)) {
                let x = self.
            }
        }",
    );
}

#[test]
fn half_typed_method() {
    assert_snapshot(
        "half_typed_method",
        "impl Guide {
            #[handler(token = SERVER)]
            fn accept(&mut self, item: (TcpStream, SocketAddr)) {}

            #[ended(token = ADMIN)]
            fn gone(&mut self, why: Ended) {}

            #[handler(token = ADMIN)]
            fn adm
        }",
    );
}

#[test]
fn half_typed_attribute() {
    assert_snapshot(
        "half_typed_attribute",
        "impl Guide {
            #[handler(token = )]
            fn accept(&mut self, item: (TcpStream, SocketAddr)) {}
        }",
    );
}

#[test]
fn the_block_is_first_and_unchanged() {
    assert_unchanged(
        "#[doc = \"Docs.\"] impl<T> App<T> where T: Send {
            #![allow(unused)]
            const X: [u8; { 1 }] = [#[cfg(x)] 1];
            #[inline] #[handler(token = A)] pub(crate) fn f(&mut self, item: Item) -> Foo<{ 1 }> { #[handler] x }
            #[miocene::ended(token = A)] #[other::handler] fn g(&mut self, why: Ended) { ; :: < }
        }",
        "#[doc = \"Docs.\"] impl<T> App<T> where T: Send {
            #![allow(unused)]
            const X: [u8; { 1 }] = [#[cfg(x)] 1];
            #[inline] pub(crate) fn f(&mut self, item: Item) -> Foo<{ 1 }> { #[handler] x }
            #[other::handler] fn g(&mut self, why: Ended) { ; :: < }
        }",
    );
    let with_mistakes =
        "impl App { #[handler(tken = A)] #[failed] fn f(self) {} #[closed] type X = Y; }";
    assert_unchanged(with_mistakes, "impl App { fn f(self) {} type X = Y; }");
    assert_unchanged(
        "impl Trait for App { #[handler(token = A)] fn f(self) {} }",
        "impl Trait for App { fn f(self) {} }",
    );
    assert_unchanged(
        "mod m { impl App { #[handler(token = A)] fn f(self) {} } }",
        "mod m { impl App { fn f(self) {} } }",
    );
    assert_unchanged("struct App;", "struct App;");
}

#[test]
fn garbage_never_panics() {
    for seed in 0..3000 {
        let mut garbage = garbage::Garbage::new(seed);
        let (arguments, item) = (garbage.stream(2), garbage.stream(4));
        expand(arguments.clone(), item.clone());
        crate::outside::expand("handler", item.clone());
        let block = quote::quote!(impl App { #[handler(#arguments)] #item });
        let output = print(expand(TokenStream::new(), block));
        assert!(output.starts_with("impl App {"), "{output}");
        let method =
            quote::quote!(impl App { #[handler(#arguments)] fn f(#item) -> #arguments { #item } });
        expand(TokenStream::new(), method);
        let told =
            quote::quote!(impl App { #[ended(#arguments)] #[closed(#arguments)] fn f(#item) {} });
        expand(TokenStream::new(), told);
    }
}
