//! Where servers listen.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, io, process};

use socket2::SockAddr;

use crate::program::Network;

/// Any free port of the loopback interface.
const ANY_PORT: &str = "127.0.0.1:0";

/// How the names of our directories begin.
const OURS: &str = "miocene-server-";

/// An address that no other server has. A path is in a directory of its own, with
/// which [`remove`] removes it.
pub(crate) fn free_address(network: Network) -> io::Result<String> {
    static DIRECTORIES: AtomicUsize = AtomicUsize::new(0);
    if network == Network::Tcp {
        return Ok(ANY_PORT.to_owned());
    }
    let number = DIRECTORIES.fetch_add(1, Ordering::Relaxed);
    let directory = env::temp_dir().join(format!("{OURS}{}-{number}", process::id()));
    fs::create_dir(&directory)?;
    Ok(format!("unix:{}/socket", directory.display()))
}

/// What is meant by an address as servers take and print it, if it is one of the
/// network.
pub(crate) fn parse(address: &str, network: Network) -> Option<SockAddr> {
    match (network, address.strip_prefix("unix:")) {
        (Network::Tcp, None) => address.parse::<SocketAddr>().ok().map(Into::into),
        (Network::Unix, Some(path)) => SockAddr::unix(path).ok(),
        _ => None,
    }
}

/// The place of a server that has none.
pub(crate) fn nowhere() -> SockAddr {
    SocketAddr::from(([0, 0, 0, 0], 0)).into()
}

/// Removes the directory of a path that is ours.
pub(crate) fn remove(place: &SockAddr) {
    let Some(directory) = place.as_pathname().and_then(Path::parent) else {
        return;
    };
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with(OURS) {
        // What is left behind hurts nobody.
        let _ = fs::remove_dir_all(directory);
    }
}
