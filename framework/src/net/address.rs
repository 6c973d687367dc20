use std::fmt;
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::os::unix;

/// The address of a [`Stream`](crate::net::Stream) or a
/// [`Listener`](crate::net::Listener).
///
/// # Examples
///
/// ```
/// use miocene::net::Address;
/// use std::net::SocketAddr;
///
/// let address = Address::from("127.0.0.1:9000".parse::<SocketAddr>().unwrap());
/// assert_eq!(address.to_string(), "127.0.0.1:9000");
/// # #[cfg(unix)] {
///
/// let path = std::os::unix::net::SocketAddr::from_pathname("/run/chat")?;
/// assert_eq!(Address::from(path).to_string(), "unix:/run/chat");
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Notes
///
/// In text a path is escaped as in a Rust string: it is the peer who has named
/// it, and it may be a line of a log. An abstract name has `@` before it. Most
/// clients of a Unix socket have no address at all, `unix:(unnamed)`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Address {
    /// That of a TCP socket. `From` puts an IPv4 address that is mapped into
    /// IPv6, as `::ffff:127.0.0.1`, back into IPv4, so that a list of who is
    /// allowed means the same on a socket for both.
    Tcp(SocketAddr),
    /// That of a Unix socket.
    #[cfg(unix)]
    Unix(unix::net::SocketAddr),
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => Address::Tcp(SocketAddr::from((ip, address.port()))),
            // As it is, with scope and flow.
            IpAddr::V6(_) => Address::Tcp(address),
        }
    }
}

#[cfg(unix)]
impl From<unix::net::SocketAddr> for Address {
    fn from(address: unix::net::SocketAddr) -> Address {
        Address::Unix(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => address.fmt(formatter),
            #[cfg(unix)]
            Address::Unix(address) => match (address.as_pathname(), abstract_name(address)) {
                (Some(path), _) => {
                    write!(formatter, "unix:{}", path.to_string_lossy().escape_debug())
                }
                (None, Some(name)) => {
                    let name = String::from_utf8_lossy(name);
                    write!(formatter, "unix:@{}", name.escape_debug())
                }
                (None, None) => formatter.write_str("unix:(unnamed)"),
            },
        }
    }
}

#[cfg(target_os = "linux")]
fn abstract_name(address: &unix::net::SocketAddr) -> Option<&[u8]> {
    std::os::linux::net::SocketAddrExt::as_abstract_name(address)
}

#[cfg(target_os = "android")]
fn abstract_name(address: &unix::net::SocketAddr) -> Option<&[u8]> {
    std::os::android::net::SocketAddrExt::as_abstract_name(address)
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn abstract_name(_address: &unix::net::SocketAddr) -> Option<&[u8]> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_address_is_the_one_that_it_stands_for() {
        let text =
            |address: &str| Address::from(address.parse::<SocketAddr>().unwrap()).to_string();
        assert_eq!(text("[::ffff:127.0.0.1]:9"), "127.0.0.1:9");
        assert_eq!(text("[fe80::1%3]:9"), "[fe80::1%3]:9");
        assert_eq!(text("[::1]:9"), "[::1]:9");
    }

    #[test]
    #[cfg(unix)]
    fn a_path_cannot_end_the_line_that_it_is_written_on() {
        let path = unix::net::SocketAddr::from_pathname("/tmp/a\nroot logged in").unwrap();
        assert_eq!(
            Address::from(path).to_string(),
            "unix:/tmp/a\\nroot logged in"
        );
    }
}
