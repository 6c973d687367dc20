//! Catching the panics of a test, of which many are only looked at.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// A panic: what it said, and where.
#[derive(Debug, Clone)]
pub(super) struct Panicked {
    pub(super) message: String,
    pub(super) place: String,
}

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Does something; if it panics, nothing is printed.
pub(super) fn catch(does: impl FnOnce()) -> Option<Panicked> {
    note_places();
    let before = CATCHING.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(does));
    CATCHING.set(before);
    let payload = done.err()?;
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let message = text.or_else(|| payload.downcast_ref::<String>().cloned());
    Some(Panicked {
        message: message.unwrap_or_else(|| "a panic without a text".to_owned()),
        place: PLACE.take(),
    })
}

/// Only the hook is told where a panic was. Others' panics are left to the hook that
/// was there.
fn note_places() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                return before(info);
            }
            let place = info.location().map(ToString::to_string);
            PLACE.set(place.unwrap_or_default());
        }));
    });
}

impl fmt::Display for Panicked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match self.place.is_empty() {
            true => Ok(()),
            false => write!(formatter, "\n  at {}", self.place),
        }
    }
}
