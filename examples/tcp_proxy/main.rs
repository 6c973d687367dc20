// A TCP proxy: whoever connects to LISTEN talks to UPSTREAM. See README.md.
//
//     cargo run --release --example tcp_proxy LISTEN UPSTREAM
//
// In other terminals: `python3 -m http.server 8000`, `curl http://127.0.0.1:7000/`.

mod proxy;

use std::env;
use std::error::Error;
use std::io::{Write, stderr, stdout};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;

use miocene::EventLoop;

use proxy::Proxy;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [listen, upstream] = arguments.as_slice() else {
        let _ = writeln!(stderr(), "usage: tcp_proxy LISTEN UPSTREAM");
        return ExitCode::from(2);
    };
    match run(listen, upstream) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            let _ = writeln!(stderr(), "tcp_proxy: {error}{}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn run(listen: &str, upstream: &str) -> Result<(), Box<dyn Error>> {
    let upstream = resolve(upstream).map_err(|error| format!("{upstream}: {error}"))?;
    let log = |line: &str| {
        // Whoever reads it may have gone; clients are served all the same.
        let _ = writeln!(stderr(), "{line}");
    };
    let mut proxy = Proxy::bind(listen, upstream, log)?;
    let _ = writeln!(stdout(), "listening on {}", proxy.server.local_addr()?);
    EventLoop::new()?.run(&mut proxy)?;
    Ok(())
}

/// The first address that a name has. Asked once, since the resolver blocks.
fn resolve(name: &str) -> Result<SocketAddr, Box<dyn Error>> {
    let mut addresses = name.to_socket_addrs()?;
    addresses.next().ok_or_else(|| "has no address".into())
}
