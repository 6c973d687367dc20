//! The system calls that are made to fail in turn, with the errors of their manual
//! pages and what each may cost.

/// What a failure may cost.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cost {
    /// Nobody notices.
    Nothing,
    /// The client whom it befalls.
    One,
    /// The server may end, if it says why.
    Server,
}

use Cost::{Nothing, One, Server};

/// A system call, the errors of its manual page, and what they may cost.
pub struct Call {
    pub name: &'static str,
    pub errors: &'static [(&'static str, Cost)],
}

const fn call(name: &'static str, errors: &'static [(&'static str, Cost)]) -> Call {
    Call { name, errors }
}

pub const ACCEPTS: &[Call] = &[
    call(
        "socket",
        &[
            ("EMFILE", Server),
            ("ENFILE", Server),
            ("ENOBUFS", Server),
            ("ENOMEM", Server),
            ("EACCES", Server),
        ],
    ),
    call("setsockopt", &[("ENOPROTOOPT", Server), ("EINVAL", Server)]),
    call(
        "bind",
        &[
            ("EADDRINUSE", Server),
            ("EACCES", Server),
            ("EADDRNOTAVAIL", Server),
            ("ENOMEM", Server),
        ],
    ),
    call("listen", &[("EADDRINUSE", Server), ("EOPNOTSUPP", Server)]),
    call("getsockname", &[("ENOBUFS", Server)]),
    call(
        "accept4",
        &[
            ("ECONNABORTED", Nothing),
            ("EPROTO", Nothing),
            ("EPERM", Nothing),
            ("ETIMEDOUT", Nothing),
            ("ENETDOWN", Nothing),
            ("ENETUNREACH", Nothing),
            ("EHOSTDOWN", Nothing),
            ("EHOSTUNREACH", Nothing),
            ("ENONET", Nothing),
            ("ENOPROTOOPT", Nothing),
            ("EOPNOTSUPP", Nothing),
            ("EINTR", Nothing),
            ("EMFILE", Nothing),
            ("ENFILE", Nothing),
            ("ENOBUFS", Nothing),
            ("ENOMEM", Nothing),
            ("EINVAL", Server),
            ("EBADF", Server),
            ("ENOTSOCK", Server),
            ("EFAULT", Server),
        ],
    ),
    call(
        "epoll_create1",
        &[("EMFILE", Server), ("ENFILE", Server), ("ENOMEM", Server)],
    ),
    EPOLL_CTL,
    WAITS,
];

pub const STREAMS: &[Call] = &[
    call(
        "recvfrom",
        &[
            ("ECONNRESET", One),
            ("ETIMEDOUT", One),
            ("EHOSTUNREACH", One),
            ("ENOMEM", One),
            ("ENOTCONN", One),
            ("EINTR", Nothing),
        ],
    ),
    call(
        "sendto",
        &[
            ("ECONNRESET", One),
            ("EPIPE", One),
            ("ETIMEDOUT", One),
            ("EACCES", One),
            ("ENOBUFS", Nothing),
            ("ENOMEM", Nothing),
            ("EINTR", Nothing),
        ],
    ),
    call("shutdown", &[("ENOTCONN", One), ("ENOTSOCK", One)]),
    EPOLL_CTL,
    WAITS,
];

pub const PIPES: &[Call] = &[
    call(
        "read",
        &[("EIO", Nothing), ("EINTR", Nothing), ("EISDIR", Nothing)],
    ),
    call("ioctl", &[("EINVAL", Server), ("ENOTTY", Server)]),
    EPOLL_CTL,
    WAITS,
];

pub const DATAGRAMS: &[Call] = &[
    call(
        "recvfrom",
        &[("ECONNREFUSED", One), ("ENOMEM", One), ("EINTR", Nothing)],
    ),
    call(
        "sendto",
        &[
            ("EMSGSIZE", One),
            ("EPERM", One),
            ("ENOBUFS", One),
            ("EHOSTUNREACH", One),
        ],
    ),
    EPOLL_CTL,
    WAITS,
];

/// Of a single source it is the end of the server, of a member its own.
const EPOLL_CTL: Call = call(
    "epoll_ctl",
    &[("ENOSPC", Server), ("ENOMEM", Server), ("EPERM", Server)],
);

const WAITS: Call = call(
    SLEEP,
    &[("EINTR", Nothing), ("EBADF", Server), ("EINVAL", Server)],
);

/// What the loop sleeps in.
const SLEEP: &str = if cfg!(mio_unsupported_force_poll_poll) {
    "?poll,?ppoll"
} else {
    "?epoll_wait,?epoll_pwait"
};
