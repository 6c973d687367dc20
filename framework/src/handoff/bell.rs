use super::sync::atomic::{AtomicBool, Ordering};

/// Says that there is something to look at. However often it is rung before somebody
/// looks, they are woken once.
///
/// Who has something makes it visible and then rings. Who looks hushes the bell and
/// then looks: so either the look finds it, or the ring is after the hush and wakes
/// them again.
#[derive(Debug)]
pub(crate) struct Bell(AtomicBool);

impl Bell {
    pub(crate) fn new() -> Bell {
        Bell(AtomicBool::new(false))
    }

    /// Rings. Whether it was silent: then they have to be woken.
    pub(crate) fn ring(&self) -> bool {
        !self.0.swap(true, Ordering::SeqCst)
    }

    /// Rings, and has them woken if they have to be. A bell that wakes nobody is silent
    /// again, so that the next ring tries it anew.
    pub(crate) fn ring_and_wake<E>(&self, wake: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        if !self.ring() {
            return Ok(());
        }
        let woken = wake();
        if woken.is_err() {
            self.hush();
        }
        woken
    }

    /// Hushes it. Whether it was ringing.
    pub(crate) fn hush(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }

    #[inline]
    pub(crate) fn is_ringing(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
