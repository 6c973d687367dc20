//! What differs between the selectors that mio runs on.
//!
//! epoll and kqueue keep a registration armed. Mio's `poll(2)` selector, its
//! event ports and Windows report a readiness once and re-arm it when an
//! operation on one of mio's own sources meets `WouldBlock`. A source that is
//! not mio's is then never armed again, and `poll(2)` drops a descriptor
//! altogether after an error or a hang-up. So on these the loop registers a
//! source again whenever it has been drained.

use std::io;

use mio::Interest;

use crate::slot::Flag;
use crate::{Context, Handlers};

/// Whether a source must be armed again after `WouldBlock`. The list of systems
/// is that of mio's `sys/unix/mod.rs`, and what it leaves out is what `AsFd` for
/// the loop leaves out.
pub(crate) const REARMS: bool = cfg!(not(all(
    not(mio_unsupported_force_poll_poll),
    any(
        target_os = "android",
        target_os = "dragonfly",
        target_os = "emscripten",
        target_os = "freebsd",
        target_os = "illumos",
        target_os = "ios",
        target_os = "linux",
        target_os = "macos",
        target_os = "netbsd",
        target_os = "openbsd",
        target_os = "redox",
        target_os = "tvos",
        target_os = "visionos",
        target_os = "watchos",
    ),
)));

/// Whether the error says that the selector has dropped the descriptor, in
/// place of the `WouldBlock` that the operation met. It comes from mio itself
/// and therefore has no number of the system's.
#[inline(always)]
pub(crate) fn forgot(error: &io::Error) -> bool {
    REARMS && error.kind() == io::ErrorKind::NotFound && error.raw_os_error().is_none()
}

/// Arms a source again, registering it anew if the selector has dropped it.
pub(crate) fn rearm<A: Handlers>(
    app: &mut A,
    cx: &mut Context<'_>,
    slot: usize,
    interest: Interest,
) {
    let state = &cx.state.slots[slot];
    let token = state.token;
    if state.has(Flag::Detached) || state.has(Flag::Stopped) {
        return;
    }
    let armed = match state.has(Flag::Away) {
        true => interest.remove(Interest::READABLE),
        false => Some(interest),
    };
    let Some(interest) = armed else { return };
    let Some(source) = app.source(token) else {
        return;
    };
    if cx.registry().reregister(source, token, interest).is_err() {
        // An error of deregistering says what we know: it was dropped.
        let _ = cx.registry().deregister(source);
        if let Err(error) = cx.registry().register(source, token, interest) {
            crate::telling::attach_failed(app, cx, slot, error);
        }
    }
}

/// Whether an operation would block. The number is looked at first:
/// [`io::Error::kind`] is not inlined, and this is how each drain ends.
#[inline(always)]
pub(crate) fn would_block(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EWOULDBLOCK) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}
