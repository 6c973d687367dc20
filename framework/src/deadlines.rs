use std::time::Instant;

/// When the sources that rest go on. There are as many as there are resting
/// listeners: a handful at most, so a list is the right structure.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    entries: Vec<(Instant, usize)>,
}

impl Deadlines {
    pub(crate) fn insert(&mut self, at: Instant, slot: usize) {
        self.entries.push((at, slot));
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn remove(&mut self, slot: usize) {
        self.entries.retain(|entry| entry.1 != slot);
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.entries.iter().map(|entry| entry.0).min()
    }

    /// Takes out one slot whose deadline has come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<usize> {
        let due = self.entries.iter().position(|entry| now >= entry.0)?;
        Some(self.entries.swap_remove(due).1)
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// For tests that look into a loop.
#[cfg(feature = "sim")]
impl Deadlines {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Instant, usize)> + '_ {
        self.entries.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_due_comes_and_nothing_comes_early() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut deadlines = Deadlines::default();
        for (seconds, slot) in [(3, 30), (1, 10), (2, 20), (4, 40)] {
            deadlines.insert(at(seconds), slot);
        }
        deadlines.remove(20);
        deadlines.remove(99);
        assert_eq!(deadlines.earliest(), Some(at(1)));
        assert_eq!(deadlines.pop_due(now), None);
        let mut due: Vec<_> = std::iter::from_fn(|| deadlines.pop_due(at(3))).collect();
        due.sort();
        assert_eq!(due, [10, 30]);
        deadlines.clear();
        assert!(deadlines.is_empty());
    }
}
