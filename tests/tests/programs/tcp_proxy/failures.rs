//! Ends that are none of a conversation.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc;
use std::time::Duration;

use miocene_tests::client::Client;
use miocene_tests::program::Program;
use miocene_tests::server::{PATIENCE, Server};
use miocene_tests::tool::Tool;
use miocene_tests::trouble::{Attacked, Trouble};
use socket2::SockRef;

use super::{Upstream, start};

/// An address where nobody listens.
fn nowhere() -> Attacked<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The proxy must have told of so many failures, and of nothing else.
fn tells(proxy: &mut Server, upstream: SocketAddr, count: usize) -> Attacked {
    let told = format!("cannot connect to {upstream}: Connection refused");
    proxy.wait_for(PATIENCE, |proxy| {
        proxy.complaint().matches(&told).count() == count
    })
}

/// The link that there was when the proxy had so many descriptors must be gone.
fn link_is_gone(proxy: &mut Server, descriptors: usize) -> Attacked {
    let process = proxy.process();
    let is_so = || {
        process
            .descriptors()
            .is_ok_and(|count| count == descriptors - 2)
    };
    proxy.wait_for(PATIENCE, |_| is_so())
}

/// A client of nobody gets the end, and the failure is told once.
pub fn refused() -> Attacked<String> {
    let upstream = nowhere()?;
    let mut proxy = start(upstream)?;
    let address = proxy.address();
    let (ip, port) = (address.ip().to_string(), address.port().to_string());
    let mut nc = Tool::start("nc", &[&ip, &port])?;
    // Until then it stays, though it has read the end.
    nc.end_input();
    let heard = nc.leaves()?;
    tells(&mut proxy, upstream, 1)?;
    let mut client = Client::connect(&proxy.place(), 0)?;
    client.hears_the_end()?;
    tells(&mut proxy, upstream, 2)?;
    let complaint = proxy.complaint();
    let ours = client.stream().local_addr()?.as_socket();
    let names = ours.is_some_and(|ours| complaint.contains(&format!("{ours}: upstream: ")));
    proxy.runs()?;
    match heard.is_empty() && names {
        true => Ok(String::new()),
        false => Err(Trouble::broke(format!("heard: {heard:?}; {complaint}"))),
    }
}

/// The client of an upstream that dies gets the end; the next one finds nobody.
pub fn killed() -> Attacked<String> {
    let mut echo = Server::start(&Program::example("echo")?)?;
    let upstream = echo.address();
    let mut proxy = start(upstream)?;
    let mut client = Client::connect(&proxy.place(), 0)?;
    client.echoes(100_000)?;
    let descriptors = proxy.process().descriptors()?;
    echo.kill()?;
    client.hears_the_end()?;
    Client::connect(&proxy.place(), 1)?.hears_the_end()?;
    tells(&mut proxy, upstream, 1)?;
    // A process that is killed ends its direction only: half of the link is left.
    drop(client);
    link_is_gone(&mut proxy, descriptors)?;
    Ok(String::new())
}

/// The upstream of a client that is reset gets what was sent, and the end.
pub fn client_resets() -> Attacked<String> {
    const LENGTH: usize = 100_000;
    let (arrived, arrival) = mpsc::channel();
    let upstream = Upstream::start(move |mut stream| {
        let mut came = vec![0; LENGTH];
        stream.read_exact(&mut came)?;
        // Whether the test still waits for it shows below.
        let _ = arrived.send(());
        // The end itself, or an error.
        let rest = stream.read(&mut came);
        match matches!(rest, Ok(0) | Err(_)) {
            true => Ok(()),
            false => Err(Trouble::broke(format!("more: {rest:?}"))),
        }
    })?;
    let mut proxy = start(upstream.address)?;
    let client = Client::connect(&proxy.place(), 0)?;
    client.say(&"x".repeat(LENGTH))?;
    let arrived = arrival.recv_timeout(PATIENCE);
    arrived.map_err(|error| Trouble::broke(format!("what was sent did not arrive: {error}")))?;
    let descriptors = proxy.process().descriptors()?;
    SockRef::from(client.stream()).set_linger(Some(Duration::ZERO))?;
    drop(client);
    upstream.done()?;
    link_is_gone(&mut proxy, descriptors)?;
    Ok(String::new())
}
