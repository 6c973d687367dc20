//! Listens on a path: with its mode from the first moment, and in place of a
//! socket that a server which is gone has left there.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net;
use std::path::Path;

use socket2::{Domain, SockAddr, Socket, Type};

pub(crate) fn listen(path: &Path, mode: u32, backlog: i32) -> io::Result<net::UnixListener> {
    let address = address(path)?;
    let socket = match bind(&address, mode) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            remove_stale(path, &address)?;
            bind(&address, mode)?
        }
        bound => bound?,
    };
    correct_mode(path, mode)?;
    socket.listen(backlog)?;
    Ok(OwnedFd::from(socket).into())
}

/// What to try, for the errors that people meet.
pub(crate) fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => " (another socket listens there)",
        io::ErrorKind::AlreadyExists => " (what is there is no socket: it is left alone)",
        io::ErrorKind::NotFound => " (there is no such directory)",
        io::ErrorKind::PermissionDenied => {
            " (the directory must be writable, and a socket that is there one's own)"
        }
        io::ErrorKind::InvalidInput => " (a path has 1 to 107 bytes, 103 on BSD and macOS)",
        _ => "",
    }
}

/// The standard library refuses what does not fit and zeros in the middle,
/// which socket2 would take for an abstract name or cut. No path at all is
/// what Linux gives a random name.
fn address(path: &Path) -> io::Result<SockAddr> {
    if net::SocketAddr::from_pathname(path)?.is_unnamed() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    SockAddr::unix(path)
}

fn bind(address: &SockAddr, mode: u32) -> io::Result<Socket> {
    let socket = with_mode(Socket::new(Domain::UNIX, Type::STREAM, None)?, mode)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Linux makes the file with the mode of the socket, less the umask. A mode
/// that is set after bind would come too late for whoever looks at the path.
fn with_mode(socket: Socket, mode: u32) -> io::Result<Socket> {
    let file = File::from(OwnedFd::from(socket));
    match file.set_permissions(Permissions::from_mode(mode)) {
        // BSD and macOS: chmod(2), "refers to a socket, not to a file".
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
        set => set?,
    }
    Ok(Socket::from(OwnedFd::from(file)))
}

/// Sets the mode where the umask has taken some of it, or the system did not
/// let us set it before. The socket does not listen yet: nobody can have
/// connected under another one.
fn correct_mode(path: &Path, mode: u32) -> io::Result<()> {
    let bound = fs::symlink_metadata(path)?;
    if bound.permissions().mode() & 0o777 == mode {
        return Ok(());
    }
    if !bound.file_type().is_socket() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    set_mode(path, Permissions::from_mode(mode))
}

/// By way of a descriptor, which cannot be led elsewhere: chmod(2) follows a
/// link that somebody may have put in the place of the socket meanwhile.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn set_mode(path: &Path, permissions: Permissions) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = libc::O_PATH | libc::O_NOFOLLOW;
    let bound = File::options().read(true).custom_flags(flags).open(path)?;
    if !bound.metadata()?.file_type().is_socket() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let descriptor = bound.as_raw_fd();
    fs::set_permissions(format!("/proc/self/fd/{descriptor}"), permissions)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn set_mode(path: &Path, permissions: Permissions) -> io::Result<()> {
    fs::set_permissions(path, permissions)
}

/// Removes a socket that nobody listens on, and nothing else. It must be looked
/// at before it is connected to, which would follow a link, and is refused by
/// a plain file, too.
fn remove_stale(path: &Path, address: &SockAddr) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {}
        Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) => return unless_gone(error),
    }
    let client = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A server that has no room for one more must not be waited for.
    client.set_nonblocking(true)?;
    match client.connect(address).map_err(|error| error.kind()) {
        Err(io::ErrorKind::ConnectionRefused) => fs::remove_file(path).or_else(unless_gone),
        Err(io::ErrorKind::NotFound) => Ok(()),
        // Nobody can tell whether somebody listens.
        Err(io::ErrorKind::PermissionDenied) => Err(io::ErrorKind::PermissionDenied.into()),
        _ => Err(io::ErrorKind::AddrInUse.into()),
    }
}

/// Somebody else may have removed it meanwhile.
fn unless_gone(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }
}
